// The page of file_upload: joins what is chosen, what is on its way, and what has come.

import {Stored} from "./stored.js";
import {duration_text, size_text} from "./text.js";
import {Queue, Transfer} from "./transfer.js";

const $ = (id) => document.getElementById(id);
const queue = new Queue();
let max_file_size = Infinity;

const stored = new Stored((answer) => {
  const state = answer ? "online" : "offline";
  const text = answer ? "Ready" : "No connection";
  $("state").dataset.state = state;
  if ($("state-text").textContent !== text) {
    $("state-text").textContent = text;  // a screen reader says it once
  }
  if (answer) {
    max_file_size = answer.max_file_size;
    $("limit").textContent = `Up to ${size_text(max_file_size)} each`;
  }
});

function announce(sentence) {
  $("news").textContent = sentence;
}

/** The line of one upload. */
class Row {
  #begun = 0;

  constructor(files, way) {
    this.element = $("transfer-template").content.cloneNode(true).firstElementChild;
    this.name = files.length === 1 ? files[0].name : `${files.length} files`;
    this.#find(".name").textContent = this.name;
    this.#find("progress").setAttribute("aria-label", this.name);
    this.#find(".cancel").setAttribute("aria-label", `Cancel ${this.name}`);
    this.#find(".again").setAttribute("aria-label", `Try again: ${this.name}`);
    this.transfer = new Transfer(files, way, {
      on_progress: (loaded, total) => this.#progress(loaded, total),
      on_wait: (seconds) => this.#wait(seconds),
      on_done: (come) => this.#done(come),
      on_failed: (sentence, again) => this.failed(sentence, again),
    });
    this.#find(".cancel").addEventListener("click", () => this.#cancel());
    this.#find(".again").addEventListener("click", () => this.begin());
    $("transfers").prepend(this.element);
  }

  begin() {
    this.element.className = "transfer";
    this.#begun = 0;
    this.#find("progress").value = 0;
    this.#find(".again").hidden = true;
    this.#find(".cancel").textContent = "Cancel";
    this.#find(".cancel").setAttribute("aria-label", `Cancel ${this.name}`);
    this.#say(`${size_text(this.transfer.size)}, waits for its turn`);
    queue.add(this.transfer);
  }

  /** `again`: whether it may help to try again. */
  failed(sentence, again = true) {
    this.element.className = "transfer failed";
    this.#find(".again").hidden = !again;
    this.#find(".cancel").textContent = "Hide";
    this.#find(".cancel").setAttribute("aria-label", `Hide ${this.name}`);
    this.#say(sentence);
    announce(`${this.name}: ${sentence}`);
  }

  #find(selector) {
    return this.element.querySelector(selector);
  }

  #say(text) {
    this.#find(".detail").textContent = text;
  }

  #cancel() {
    if (/failed|done/.test(this.element.className)) {
      this.element.remove();
      $("files").focus();
    } else {
      queue.cancel(this.transfer);
    }
  }

  #progress(loaded, total) {
    const now = performance.now();
    this.#begun ||= now - 1;
    const rate = loaded / ((now - this.#begun) / 1000);
    this.#find("progress").value = total > 0 ? loaded / total : 1;
    if (loaded === total) {
      this.#say(`${size_text(total)}, being stored`);
    } else if (now - this.#begun > 500) {
      this.#say(`${size_text(loaded)} of ${size_text(total)}, ${size_text(rate)}/s, ${duration_text((total - loaded) / rate)} left`);
    } else {
      this.#say(`${size_text(loaded)} of ${size_text(total)}`);
    }
  }

  #wait(seconds) {
    this.#begun = 0;
    this.#find("progress").value = 0;
    this.#say(`No connection: it begins again in ${seconds} s`);
  }

  #done(come) {
    this.element.className = "transfer done";
    this.#find(".cancel").textContent = "Hide";
    this.#find(".cancel").setAttribute("aria-label", `Hide ${this.name} from this list`);
    const other_name = come.length === 1 && come[0].name !== this.transfer.files[0].name ? ` as ${come[0].name}` : "";
    this.#say(`${size_text(this.transfer.size)}, has come${other_name}`);
    announce(`${this.name} has come`);
    stored.refresh();
  }
}

function send(files) {
  const list = [...files];
  if (list.length === 0) {
    return;
  }
  const way = document.querySelector("[name=way]:checked").value;
  const groups = way === "form" ? [list] : list.map((file) => [file]);
  for (const group of groups) {
    const row = new Row(group, way);
    const large = group.find((file) => file.size > max_file_size);
    if (large) {
      row.failed(`${large.name} is larger than ${size_text(max_file_size)}`, false);
    } else {
      row.begin();
    }
  }
}

$("files").addEventListener("change", () => {
  send($("files").files);
  $("files").value = "";
});

// All of the page takes what is dropped: who misses the field shall not leave the page.
let depth = 0;
const has_files = (event) => event.dataTransfer?.types.includes("Files");

document.addEventListener("dragenter", (event) => {
  if (has_files(event)) {
    depth += 1;
    $("drop").classList.add("over");
  }
});
document.addEventListener("dragleave", (event) => {
  if (has_files(event)) {
    depth -= 1;
    $("drop").classList.toggle("over", depth > 0);
  }
});
document.addEventListener("dragover", (event) => has_files(event) && event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!has_files(event)) {
    return;
  }
  event.preventDefault();
  depth = 0;
  $("drop").classList.remove("over");
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const folders = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory);
  for (const folder of folders) {
    new Row([{name: folder.webkitGetAsEntry().name, size: 0}], "put").failed("A folder cannot be sent; pack it into an archive", false);
  }
  send(items.filter((item) => !folders.includes(item)).map((item) => item.getAsFile()));
});
document.addEventListener("paste", (event) => send(event.clipboardData.files));

addEventListener("beforeunload", (event) => queue.busy && event.preventDefault());
