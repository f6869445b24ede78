// The list of what has come, kept fresh while the page is looked at.

import {size_text, when_text} from "./text.js";

const EVERY = 10_000;  // milliseconds
const PATIENCE = 10_000;

export class Stored {
  #list = document.getElementById("stored");
  #template = document.getElementById("stored-template");
  #known = false;
  #latest = 0;
  #on_answer;

  /** `on_answer(answer)` gets what the server says of its limits, or null when it cannot be reached. */
  constructor(on_answer) {
    this.#on_answer = on_answer;
    document.addEventListener("visibilitychange", () => this.#refresh_if_seen());
    addEventListener("online", () => this.refresh());
    addEventListener("offline", () => this.#on_answer(null));
    setInterval(() => this.#refresh_if_seen(), EVERY);
    this.refresh();
  }

  async refresh() {
    const number = ++this.#latest;
    let answer = null;
    try {
      const response = await fetch("files", {cache: "no-store", signal: AbortSignal.timeout(PATIENCE)});
      answer = response.ok ? await response.json() : null;
    } catch {
      // The state says so.
    }
    if (number !== this.#latest) {
      return;  // a later one is under way
    }
    this.#on_answer(answer);
    this.#tell_times();
    if (answer) {
      this.#show(answer.files);
      const all = answer.files.reduce((sum, file) => sum + file.size, 0);
      const count = answer.files.length === 1 ? "1 file" : `${answer.files.length} files`;
      document.getElementById("summary").textContent = `${count}, ${size_text(all)}; room for ${size_text(answer.room)}`;
    }
  }

  #refresh_if_seen() {
    if (!document.hidden) {
      this.refresh();
    }
  }

  /** Midnight makes "today" another day. */
  #tell_times() {
    for (const time of this.#list.querySelectorAll("time")) {
      const text = when_text(Date.parse(time.dateTime));
      if (time.textContent !== text) {
        time.textContent = text;
      }
    }
  }

  #show(files) {
    const state = JSON.stringify(files);
    if (state === this.#list.dataset.state) {
      return;  // who is on one of its links stays there
    }
    this.#list.dataset.state = state;
    document.getElementById("empty").hidden = files.length > 0;
    const same = (file) => JSON.stringify([file.name, file.size, file.time]);  // another file may have come by the name of one that went
    const old = new Map([...this.#list.children].map((element) => [element.dataset.file, element]));
    const elements = files.map((file) => old.get(same(file)) ?? this.#element(file, same(file)));
    const wanted = new Set(elements);
    [...old.values()].filter((element) => !wanted.has(element)).forEach((element) => element.remove());
    elements.forEach((element, index) => {
      const present = this.#list.children[index];
      if (present !== element) {
        this.#list.insertBefore(element, present ?? null);  // the others do not move, so that none loses the keyboard
      }
    });
    this.#known = true;
  }

  #element(file, identity) {
    const element = this.#template.content.cloneNode(true).firstElementChild;
    const dot = file.name.lastIndexOf(".");
    const ending = dot > 0 ? file.name.slice(dot + 1) : "";
    element.dataset.file = identity;
    element.querySelector(".ending").textContent = ending.length > 0 && ending.length <= 5 ? ending.toUpperCase() : "FILE";
    element.querySelector(".name").href = file.url;
    element.querySelector(".name").download = file.name;
    element.querySelector("bdi").textContent = file.name;
    element.querySelector(".size").textContent = size_text(file.size);
    element.querySelector("time").dateTime = new Date(file.time).toISOString();
    element.querySelector("time").textContent = when_text(file.time);
    element.classList.toggle("new", this.#known);
    return element;
  }
}
