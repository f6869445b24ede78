// What the page shows: the messages, in order, with days between them and links in them.

const LINK = /\bhttps?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]}]/g;
const MOST_SHOWN = 1000;
const HUES = 12;
const EVERY = 60_000;  // milliseconds: looks whether it is tomorrow
const SAME_BREATH = 5 * 60_000;  // messages of one person within this stand together

const hues = new Map();  // by name, which of the twelve

const day_format = new Intl.DateTimeFormat(undefined, {weekday: "long", day: "numeric", month: "long"});
const time_format = new Intl.DateTimeFormat(undefined, {hour: "2-digit", minute: "2-digit"});

/** The hue of a name: its own one of twelve, or the next that no other on this page has. */
function hue_of(name) {
  let own = 7;
  for (const character of name) {
    own = (own * 31 + character.codePointAt(0)) % 9973;
  }
  own %= HUES;
  if (!hues.has(name) && hues.size < HUES) {
    const taken = new Set(hues.values());
    let hue = own;
    while (taken.has(hue)) {
      hue = (hue + 5) % HUES;  // far from its neighbours; 5 and 12 have no common divisor, so it comes past all of them
    }
    hues.set(name, hue);
  }
  return (hues.get(name) ?? own) * (360 / HUES);
}

export function dress_avatar(element, name) {
  const words = name.trim().split(/\s+/);
  element.textContent = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "").join("").toUpperCase();
  element.style.setProperty("--hue", hue_of(name));
}

function day_of(time) {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const date = new Date(time).toDateString();
  if (date === today.toDateString()) {
    return "Today";
  }
  return date === yesterday.toDateString() ? "Yesterday" : day_format.format(time);
}

/** Text with its web addresses as links. Nothing in it is ever taken for HTML. */
function fill_body(element, text) {
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const link = document.createElement("a");
    link.href = link.textContent = match[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    element.append(text.slice(at, match.index), link);
    at = match.index + match[0].length;
  }
  element.append(text.slice(at));
}

export class View {
  #log = document.getElementById("log");
  #empty = document.getElementById("empty");
  #jump = document.getElementById("jump");
  #template = document.getElementById("message-template");
  #shown = new Map();  // by key, and by id where messages have one
  #unseen = 0;

  constructor() {
    this.#log.addEventListener("scroll", () => this.#at_end() && this.#seen());
    this.#jump.addEventListener("click", () => this.scroll_to_end());
    new ResizeObserver(() => this.#unseen === 0 && this.scroll_to_end()).observe(this.#log);
    setInterval(() => this.#name_days(), EVERY);
    document.addEventListener("visibilitychange", () => this.#name_days());
  }

  /** Whether a message with that key or id is there. */
  has(name) {
    return this.#shown.has(name);
  }

  /** Forgets all: another room. */
  clear() {
    for (const element of this.#log.querySelectorAll(".message, .day, .gap")) {
      element.remove();
    }
    this.#shown.clear();
    this.#seen();
  }

  /** Says where messages may be missing, if there are any before. */
  add_gap(sentence) {
    if (this.#log.querySelector(".message:not(.waiting)")) {
      this.add_notice(sentence);
    }
  }

  /** Says something of its own. */
  add_notice(sentence) {
    if (this.#log.lastElementChild.textContent === sentence) {
      return;
    }
    const notice = document.createElement("p");
    notice.className = "gap";
    notice.textContent = sentence;
    const waiting = this.#log.querySelector(".waiting");
    waiting ? waiting.before(notice) : this.#log.append(notice);
    this.scroll_to_end();
  }

  /** Adds a message at the end. `mine`: written on this page. */
  add(message, {mine, waiting = false, fresh = true}) {
    const stays_at_end = mine || this.#at_end();
    const element = this.#template.content.cloneNode(true).firstElementChild;
    dress_avatar(element.querySelector(".avatar"), message.name);
    element.querySelector(".name").textContent = message.name;
    fill_body(element.querySelector(".body"), message.text);
    element.classList.toggle("mine", mine);
    element.classList.toggle("waiting", waiting);
    element.classList.toggle("arrived", fresh);
    element.message = message;
    this.#set_time(element, message.time);
    this.#log.append(element);
    this.#link(element);
    this.#trim();
    this.#remember(message, element);
    this.#empty.hidden = true;
    if (stays_at_end) {
      this.scroll_to_end();
    } else {
      this.#unseen += 1;
      this.#jump.textContent = this.#unseen === 1 ? "1 new message" : `${this.#unseen} new messages`;
      this.#jump.hidden = false;
    }
  }

  /** The server has the message of that key. */
  confirm(key, message) {
    const element = this.#shown.get(key);
    element?.classList.remove("waiting", "refused");
    if (element && message) {
      this.#remember(message, element);
      this.#set_time(element, message.time);
    }
    element?.querySelector(".problem").setAttribute("hidden", "");
  }

  /** The message waits for the server to be there again, or has been refused. */
  trouble(key, sentence, {again, drop}) {
    const element = this.#shown.get(key);
    if (!element) {
      return;
    }
    const problem = element.querySelector(".problem");
    element.classList.replace("waiting", "refused");
    problem.hidden = false;
    problem.firstElementChild.textContent = `${sentence}.`;
    problem.querySelector(".again").onclick = () => {
      problem.hidden = true;
      element.classList.replace("refused", "waiting");
      again();
    };
    problem.querySelector(".drop").onclick = () => {
      element.remove();
      this.#shown.delete(key);
      drop();
    };
    this.scroll_to_end();
  }

  /** Takes the message with that key or id away. */
  remove(name) {
    const element = this.#shown.get(name);
    const day = element?.previousElementSibling;
    if (day?.classList.contains("day") && !element.nextElementSibling?.message) {
      day.remove();
    }
    element?.remove();
    this.#forget(element);
    this.show_empty();
  }

  show_empty() {
    this.#empty.hidden = this.#shown.size > 0;
  }

  scroll_to_end() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#seen();
  }

  #at_end() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 60;
  }

  #seen() {
    this.#unseen = 0;
    this.#jump.hidden = true;
  }

  #remember({key, id}, element) {
    for (const name of [key, id].filter(Boolean)) {
      this.#shown.set(name, element);
    }
  }

  #set_time(element, milliseconds) {
    const time = element.querySelector("time");
    time.dateTime = new Date(milliseconds).toISOString();
    time.textContent = time_format.format(milliseconds);
  }

  /** Forgets the oldest: a page may stay open for weeks. */
  #trim() {
    while (this.#log.querySelectorAll(".message").length > MOST_SHOWN) {
      const oldest = this.#log.querySelector(".message");
      this.#forget(oldest);
      oldest.remove();
    }
  }

  #forget(gone) {
    for (const [name, element] of this.#shown) {
      if (element === gone) {
        this.#shown.delete(name);
      }
    }
  }

  /** Midnight makes "Today" another day. */
  #name_days() {
    for (const day of this.#log.querySelectorAll(".day")) {
      if (day.textContent !== day_of(day.time)) {
        day.textContent = day_of(day.time);
      }
    }
  }

  /** Puts a day before the message, or joins it to the one before, unless there is a notice between them. */
  #link(element) {
    const {name, time} = element.message;
    const before = element.previousElementSibling;
    let former = before;
    while (former?.classList.contains("gap")) {
      former = former.previousElementSibling;
    }
    if (!former?.message || day_of(former.message.time) !== day_of(time)) {
      const day = document.createElement("p");
      day.className = "day";
      day.time = time;
      day.textContent = day_of(time);
      element.before(day);
    } else if (former === before && former.message.name === name && time - former.message.time < SAME_BREATH
               && former.classList.contains("mine") === element.classList.contains("mine")) {
      element.classList.add("follows");
    }
  }
}
