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
      <tr>
      {{#CELL}}
        <td>{{#BOLD}}<b>{{NAME:h}}</b>{{/BOLD}}{{#PLAIN}}{{NAME:h}}{{/PLAIN}}: {{NUMBER}}</td>
      {{/CELL}}
      </tr>
    {{/ROW}}
    </table>
  </body>
</html>
