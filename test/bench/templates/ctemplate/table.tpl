<!doctype html>
<html>
  <head>
    <title>{{PAGE_TITLE:h}}</title>
  </head>
  <body>
    <h1>{{PAGE_TITLE:h}}</h1>
    <ul class="navigation">
    {{#LINK}}
      <li><a href="{{HREF:h}}">{{CAPTION:h}}</a></li>
    {{/LINK}}
    </ul>
    <table>
    {{#ROW}}
      <tr{{#CLASS}} class="row"{{/CLASS}}>
      {{#CELL}}
        <td>{{NAME:h}}</td>
      {{/CELL}}
      </tr>
    {{/ROW}}
    </table>
  </body>
</html>
