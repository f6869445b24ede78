// The page: joins what is typed, what is shown, and the line to the server.

import {Connection, Position} from "./connection.js";
import {new_key, set_up_composer} from "./conversation/composer.js";
import {show_line_state} from "./conversation/line_state.js";
import {Person} from "./conversation/person.js";
import {for_browser, for_tab} from "./conversation/store.js";
import {View, dress_avatar} from "./conversation/view.js";

const $ = (id) => document.getElementById(id);
const OWN_WORDS = 200;
const FIRST_ROOM = "Lobby";
const KNOWN_ROOMS = 20;

// Where one is

const view = new View();
const me = new Person("talk.name", ask_to_enter);
let room = "";
let position = null;  // how far this page has come in the room; null: nothing has come yet
let welcomed = false;  // the server has let us into it, over this connection
let known_rooms = for_browser.get("talk.rooms", []);
let live_rooms = [];
let here = 0;  // people in the room

function room_in_address() {
  try {
    return [...decodeURIComponent(location.hash.slice(1)).trim()].slice(0, 32).join("").trim() || FIRST_ROOM;
  } catch {
    return FIRST_ROOM;
  }
}

function go_to(name) {
  location.hash = encodeURIComponent(name);
  close_side();
}

function enter_room() {
  const wanted = room_in_address();
  if (wanted === room) {
    return;
  }
  room = wanted;
  position = null;
  view.clear();
  known_rooms = [room, ...known_rooms.filter((other) => other !== room)].slice(0, KNOWN_ROOMS);
  for_browser.set("talk.rooms", known_rooms);
  $("room-title").textContent = room;
  show_people({count: 0, names: []});
  count_unread(0);
  for (const message of unsent.filter((other) => other.room === room)) {
    view.add(message, {mine: true, waiting: true});
  }
  ask_to_enter();
}

function ask_to_enter() {
  welcomed = false;
  connection?.send({type: "enter", room, name: me.name, position: position ? String(position) : ""});
}

addEventListener("hashchange", enter_room);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();  // the address is the room's
  $("text").focus();
});

// Rooms and people

function room_button(entry) {
  const button = document.createElement("button");
  button.type = "button";
  const label = document.createElement("bdi");
  label.textContent = entry.name;
  button.append(label);
  if (entry.count > 0) {
    const number = document.createElement("span");
    number.className = "number";
    number.textContent = entry.count;
    button.append(number);
  }
  button.setAttribute("aria-current", entry.name === room);
  button.addEventListener("click", () => go_to(entry.name));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function show_rooms() {
  const counts = new Map(live_rooms.map((entry) => [entry.name, entry.count])).set(room, here);
  const names = [...new Set([FIRST_ROOM, ...live_rooms.map((entry) => entry.name), ...known_rooms])];
  $("rooms").replaceChildren(...names.map((each) => room_button({name: each, count: counts.get(each) ?? 0})));
}

function show_people({count, names}) {
  const items = names.map((each) => {
    const item = document.createElement("li");
    const avatar = document.createElement("span");
    avatar.className = "avatar";
    avatar.ariaHidden = "true";
    dress_avatar(avatar, each);
    const label = document.createElement("bdi");
    label.textContent = each;
    item.append(avatar, label);
    return item;
  });
  if (count > names.length) {
    const more = document.createElement("li");
    more.className = "more";
    more.textContent = `and ${count - names.length} more`;
    items.push(more);
  }
  $("people").replaceChildren(...items);
  here = count;
  show_rooms();
  $("people-count").textContent = count > 0 ? `(${count})` : "";
  $("count").textContent = count === 1 ? "1 here" : `${count} here`;
  $("count").hidden = count === 0;
}

$("new-room").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("room-name").value.trim();
  if (text !== "") {
    $("room-name").value = "";
    go_to(text);
  }
});

// The side, which a phone shows when it is asked to

function open_side() {
  $("side").classList.add("open");
  $("shade").hidden = false;
  $("open-side").ariaExpanded = "true";
  $("close-side").focus();
}
function close_side() {
  if ($("side").classList.contains("open")) {
    $("side").classList.remove("open");
    $("shade").hidden = true;
    $("open-side").ariaExpanded = "false";
    $("open-side").focus();
  }
}
$("open-side").addEventListener("click", open_side);
$("count").addEventListener("click", open_side);
$("close-side").addEventListener("click", close_side);
$("shade").addEventListener("click", close_side);
addEventListener("keydown", (event) => event.key === "Escape" && close_side());

// What comes, and what becomes of what goes

// All in a room see the keys of what is said there, and might use one for something else.
const own_words = new Set(for_browser.get("talk.words", []));
const words_of = ({key, text}) => JSON.stringify([key, room, text]);
let unsent = for_tab.get("talk.unsent", []);
let unread = 0;

function forget_unsent(key) {
  unsent = unsent.filter((message) => message.key !== key);
  for_tab.set("talk.unsent", unsent);
}

function count_unread(count) {
  unread = document.hidden ? unread + count : 0;
  document.title = (unread > 0 ? `(${unread}) ` : "") + room;
}
document.addEventListener("visibilitychange", () => count_unread(0));

function on_said(message, fresh = true) {
  position?.advance(message);
  const mine = own_words.has(words_of(message));
  if (message.missed > 0 && !view.has(message.key)) {
    view.add_gap("Messages are missing here");
  }
  forget_unsent(message.key);
  if (view.has(message.key)) {
    view.confirm(message.key, message);
  } else {
    view.add(message, {mine, fresh});
    count_unread(1);
  }
}

/** What waits for the server goes now, not faster than it takes it; it may have got some of it before. */
function say_unsent() {
  const waiting = unsent.filter((message) => message.room === room);
  waiting.forEach(({key, text}, index) => {
    const say = () => {
      if (welcomed && unsent.some((message) => message.key === key)) {
        connection.send({type: "say", key, text, again: true});
      }
    };
    setTimeout(say, Math.max(0, index - 5) * 900);
  });
}

const handlers = {
  welcome(message) {
    if (message.room !== room) {
      return;  // we have left again meanwhile
    }
    welcomed = true;
    connection.settle();
    if (!message.resumed) {
      if (!message.history.some((each) => view.has(each.key) && !unsent.some((other) => other.key === each.key))) {
        view.add_gap("You were away for a while; messages from that time may be missing");
      }
      const had_been_here = position !== null;
      position = new Position(message.position);
      message.history.forEach((each) => on_said(each, had_been_here));
    }
    view.show_empty();
    say_unsent();
  },
  // Until we are welcome, what comes is of the room that we have left.
  message: (message) => welcomed && on_said(message),
  people: (message) => welcomed && show_people(message),
  rooms(message) {
    live_rooms = message.rooms;
    show_rooms();
  },
  refused({key, why}) {
    const message = unsent.find((other) => other.key === key);
    if (!message) {
      view.add_notice(why);
      return;
    }
    view.trouble(key, why, {
      again: () => connection.send({type: "say", key, text: message.text, again: true}),
      drop: () => {
        forget_unsent(key);
        view.show_empty();
      },
    });
  },
};

function on_state(state, seconds) {
  welcomed &&= state !== "offline";
  show_line_state(state, seconds);
}

let connection = null;
enter_room();
connection = new Connection({
  on_open: ask_to_enter,
  on_message: (message) => handlers[message.type]?.(message),
  on_state,
});
$("retry").addEventListener("click", () => connection.retry());

// What one writes

set_up_composer("talk.draft", (text) => {
  const message = {key: new_key(), room, name: me.name, text, time: Date.now()};
  own_words.add(words_of(message));
  for_browser.set("talk.words", [...own_words].slice(-OWN_WORDS));
  unsent.push(message);
  for_tab.set("talk.unsent", unsent);
  view.add(message, {mine: true, waiting: true});
  if (welcomed) {
    connection.send({type: "say", key: message.key, text});
  }
});
