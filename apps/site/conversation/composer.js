// The field in which one writes. It grows with the text, and its draft outlives a reload.

import {for_tab} from "./store.js";

const LENGTH_TO_MENTION = 200;  // characters left

/** Tells messages apart, whoever has written them. */
export function new_key() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Calls `on_send(text)` with what has been written; the draft is kept as `kept_as`. */
export function set_up_composer(kept_as, on_send) {
  const $ = (id) => document.getElementById(id);
  const text = $("text");

  function fit() {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    const left = text.maxLength - text.value.length;
    $("left").textContent = left <= LENGTH_TO_MENTION ? `${left} characters left` : "";
    $("send").disabled = text.value.trim() === "";
    for_tab.set(kept_as, text.value);
  }

  text.addEventListener("input", fit);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("composer").requestSubmit();
    }
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (words !== "") {
      on_send(words);
      text.value = "";
      fit();
      text.focus();
    }
  });

  text.value = for_tab.get(kept_as, "");
  fit();
  if (!matchMedia("(pointer: coarse)").matches) {
    text.focus();
  }
}
