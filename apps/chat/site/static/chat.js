// A chat's page: joins what is typed, what is shown, and the line to the server.

import {Connection} from "./connection.js";
import {View, dress_avatar} from "./view.js";

const $ = (id) => document.getElementById(id);
const LENGTH_TO_MENTION = 200;  // characters left
const OWN_KEYS = 500;

/** What outlives the page, where the browser allows that. */
const store = {
  get(area, name, fallback) {
    try {
      return JSON.parse(area().getItem(name)) ?? fallback;
    } catch {
      return fallback;
    }
  },
  set(area, name, value) {
    try {
      area().setItem(name, JSON.stringify(value));
    } catch {
      // It lasts as long as the page, then.
    }
  },
};
const kept = () => localStorage;  // for this browser
const tab = () => sessionStorage;  // for this tab, over a reload

function invent_name() {
  const pick = (words) => words[Math.floor(Math.random() * words.length)];
  return `${pick(["Brave", "Calm", "Clever", "Gentle", "Happy", "Lucky", "Merry", "Quick", "Quiet", "Sunny"])} ${
    pick(["Badger", "Dolphin", "Falcon", "Fox", "Heron", "Lynx", "Otter", "Owl", "Raven", "Robin"])}`;
}

function new_key() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Who one is

let name = store.get(kept, "chat.name", "") || invent_name();

function set_name(text) {
  name = text;
  store.set(kept, "chat.name", name);
  $("my-name").textContent = name;
  $("rename").setAttribute("aria-label", `Your name is ${name}: change it`);
  dress_avatar($("my-avatar"), name);
}
set_name(name);

$("rename").addEventListener("click", () => {
  $("name").value = name;
  $("name-dialog").showModal();
  $("name").select();
});
$("name-cancel").addEventListener("click", () => $("name-dialog").close());
$("name-form").addEventListener("submit", (event) => {
  const text = $("name").value.trim();
  if (text === "") {
    event.preventDefault();
    $("name").value = "";
    $("name").reportValidity();
    return;
  }
  set_name(text);
});

// What comes, and what becomes of what goes

const view = new View();
const own_keys = new Set(store.get(kept, "chat.keys", []));
let unsent = store.get(tab, "chat.unsent", []);
let unread = 0;

function keep_unsent() {
  store.set(tab, "chat.unsent", unsent);
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
    const mine = message.key !== "" && own_keys.has(message.key);
    if (mine && view.has(message.key)) {
      view.confirm(message.key, message);
    } else if (!view.has(message.id)) {
      view.add(message, {mine});
      news += 1;
    }
  }
  count_unread(news);
  view.show_empty();
}

function on_state(state, seconds, why) {
  const text = {online: "Connected", connecting: "Connecting", offline: why || "No connection"}[state];
  document.querySelector(".app").dataset.state = $("state").dataset.state = state;
  if ($("state-text").textContent !== text) {
    $("state-text").textContent = text;  // a screen reader says it once
  }
  if (state === "offline") {
    $("notice").hidden = false;
    $("countdown").textContent = `Next try in ${seconds} s.`;
  } else if (state === "online") {
    $("notice").hidden = true;
  }
}

function on_sent(key) {
  forget_unsent(key);
  view.confirm(key);
}

function on_refused(key, why) {
  const message = unsent.find((other) => other.key === key);
  view.trouble(key, why, {
    again: () => connection.send({...message, name}),
    drop: () => forget_unsent(key),
  });
}

const given = view.take_given();
on_messages(given);
const connection = new Connection({on_messages, on_state, on_sent, on_refused}, given.at(-1)?.id);
$("retry").addEventListener("click", () => connection.retry());

// What one writes

const text = $("text");

function fit_text() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
  const left = text.maxLength - text.value.length;
  $("left").textContent = left <= LENGTH_TO_MENTION ? `${left} characters left` : "";
  $("send").disabled = text.value.trim() === "";
  store.set(tab, "chat.draft", text.value);
}

function show_and_send(message) {
  view.add(message, {mine: true, waiting: true});
  connection.send(message);
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = text.value.trim();
  if (body === "") {
    return;
  }
  const message = {key: new_key(), id: "", name, body, time: Date.now()};
  own_keys.add(message.key);
  store.set(kept, "chat.keys", [...own_keys].slice(-OWN_KEYS));
  unsent.push(message);
  keep_unsent();
  show_and_send(message);
  text.value = "";
  fit_text();
  text.focus();
});

text.addEventListener("input", fit_text);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
});

text.value = store.get(tab, "chat.draft", "");
fit_text();
unsent.forEach(show_and_send);
if (!matchMedia("(pointer: coarse)").matches) {
  text.focus();
}
