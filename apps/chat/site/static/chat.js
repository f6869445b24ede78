// A chat's page: joins what is typed, what is shown, and the line to the server.

import {new_key, set_up_composer} from "../conversation/composer.js";
import {show_line_state} from "../conversation/line_state.js";
import {Person} from "../conversation/person.js";
import {for_browser, for_tab} from "../conversation/store.js";
import {View} from "../conversation/view.js";
import {Connection} from "./connection.js";

const OWN_IDS = 500;

// What comes, and what becomes of what goes

const me = new Person("chat.name");
const view = new View();
const own_ids = new Set(for_browser.get("chat.ids", []));
let unsent = for_tab.get("chat.unsent", []);
let unread = 0;

function keep_unsent() {
  for_tab.set("chat.unsent", unsent);
}

function forget_unsent(key) {
  unsent = unsent.filter((message) => message.key !== key);
  keep_unsent();
}

function count_unread(count) {
  unread = document.hidden ? unread + count : 0;
  document.title = unread > 0 ? `(${unread}) Chat` : "Chat";
}
document.addEventListener("visibilitychange", () => count_unread(0));

function on_messages(messages) {
  let news = 0;
  for (const message of messages) {
    if (!view.has(message.id)) {
      view.add(message, {mine: own_ids.has(message.id)});
      news += 1;
    }
  }
  count_unread(news);
  view.show_empty();
}

function on_sent(key, message) {
  forget_unsent(key);
  own_ids.add(message.id);
  for_browser.set("chat.ids", [...own_ids].slice(-OWN_IDS));
  if (view.has(message.id)) {
    view.remove(message.id);  // it came back to us before we knew that it had arrived
  }
  view.confirm(key, message);
}

function on_refused(key, why) {
  const message = unsent.find((other) => other.key === key);
  view.trouble(key, why, {
    again: () => connection.send({...message, name: me.name}),
    drop: () => forget_unsent(key),
  });
}

/** The messages that the page came with, which are taken out of it. */
function take_given() {
  return [...document.querySelectorAll("#log .message")].map((element) => {
    const {id, time} = element.dataset;
    const [name, text] = [".name", ".body"].map((part) => element.querySelector(part).textContent);
    element.remove();
    return {id, name, text, time: Number(time)};
  });
}

const given = take_given();
on_messages(given);
const connection = new Connection({on_messages, on_state: show_line_state, on_sent, on_refused}, given.at(-1)?.id);
document.getElementById("retry").addEventListener("click", () => connection.retry());

// What one writes

function show_and_send(message) {
  view.add(message, {mine: true, waiting: true});
  connection.send(message);
}

set_up_composer("chat.draft", (text) => {
  const message = {key: new_key(), id: "", name: me.name, text, time: Date.now()};
  unsent.push(message);
  keep_unsent();
  show_and_send(message);
});
unsent.forEach(show_and_send);
