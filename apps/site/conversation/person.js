// Who one is: a name that the browser keeps, and the dialog that changes it.

import {for_browser} from "./store.js";
import {dress_avatar} from "./view.js";

const $ = (id) => document.getElementById(id);

function invent_name() {
  const pick = (words) => words[Math.floor(Math.random() * words.length)];
  return `${pick(["Brave", "Calm", "Clever", "Gentle", "Happy", "Lucky", "Merry", "Quick", "Quiet", "Sunny"])} ${
    pick(["Badger", "Dolphin", "Falcon", "Fox", "Heron", "Lynx", "Otter", "Owl", "Raven", "Robin"])}`;
}

export class Person {
  #kept_as;
  #name;

  /** `kept_as` is where the browser keeps the name; `on_change()` is called when another has been chosen. */
  constructor(kept_as, on_change = () => {}) {
    this.#kept_as = kept_as;
    this.#set(for_browser.get(kept_as, "") || invent_name());
    $("rename").addEventListener("click", () => this.#ask());
    $("name-cancel").addEventListener("click", () => $("name-dialog").close());
    $("name-form").addEventListener("submit", (event) => {
      const text = $("name").value.trim();
      if (text === "") {
        event.preventDefault();
        $("name").value = "";
        $("name").reportValidity();
        return;
      }
      this.#set(text);
      on_change();
    });
  }

  get name() {
    return this.#name;
  }

  #set(name) {
    this.#name = name;
    for_browser.set(this.#kept_as, name);
    $("my-name").textContent = name;
    $("rename").setAttribute("aria-label", `Your name is ${name}: change it`);
    dress_avatar($("my-avatar"), name);
  }

  #ask() {
    $("name").value = this.#name;
    $("name-dialog").showModal();
    $("name").select();
  }
}
