// How the page and the server talk: messages go out one after the other, and come in by long polling. What cannot be sent
// waits until the server is there again.

import {Pause} from "../conversation/pause.js";

const WAIT = 25;  // seconds that the server may keep a question open
const PATIENCE = 10_000;  // milliseconds for an answer that the server does not keep back
const LONGEST_PAUSE = 15_000;

/** The server has understood, and says no. */
export class Refused extends Error {}

function xsrf_token() {
  const match = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/);
  return match ? match[1].replace(/^"|"$/g, "") : "";
}

function send_form(path, fields, signal) {
  return fetch(path, {
    method: "POST",
    headers: {"X-XSRFToken": xsrf_token()},
    body: new URLSearchParams(fields),
    cache: "no-store",
    signal,
  });
}

/** Posts a form and gives the JSON that comes back. Fetches the cookie again if it has been lost. */
async function post(path, fields, signal) {
  let response = await send_form(path, fields, signal);
  if (response.status === 403) {
    await fetch("./", {cache: "no-store", signal});
    response = await send_form(path, fields, signal);
  }
  if (response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429) {
    const answer = await response.json().catch(() => ({}));
    throw new Refused(answer.error ?? `The server answers ${response.status}`);
  }
  if (!response.ok) {
    throw new Error(`status ${response.status}`);
  }
  return response.json();
}

/**
 * A chat's line to its server. Calls `on_messages(list)` with what is new, `on_state(state, seconds)` with "online",
 * "connecting" or "offline" and the time until the next attempt, `on_sent(key, message)` and `on_refused(key, why)`. `cursor`
 * is the id of the last message that is known already.
 */
export class Connection {
  #handlers;
  #cursor;
  #outbox = [];
  #sending = false;
  #answer = null;  // that to the message which is on its way
  #online = false;
  #pause = new Pause();
  #poll = new AbortController();

  constructor(handlers, cursor = "") {
    this.#handlers = handlers;
    this.#cursor = cursor;
    addEventListener("online", () => this.retry());
    addEventListener("offline", () => this.#poll.abort());
    document.addEventListener("visibilitychange", () => document.hidden || this.retry());
    this.#listen();
  }

  /** Sends a message, now or when that is possible. */
  send(message) {
    this.#outbox.push(message);
    this.#flush();
  }

  /** Does not wait any longer for the next attempt. */
  retry() {
    this.#pause.wake();
  }

  async #listen() {
    for (let failures = 0; ; ) {
      const begun = performance.now();
      try {
        const wait = failures === 0 && this.#online ? WAIT : 0;
        this.#poll = new AbortController();
        const timer = setTimeout(() => this.#poll.abort(), wait * 1000 + PATIENCE);
        const {messages} = await post("a/message/updates", {cursor: this.#cursor, wait}, this.#poll.signal)
          .finally(() => clearTimeout(timer));
        failures = 0;
        if (messages.length > 0) {
          await this.#answer?.catch(() => {});  // it tells which of them is ours
        }
        this.#came(messages);
        if (wait > 0 && messages.length === 0 && performance.now() - begun < 1000) {
          await this.#pause.wait(1000);  // a server that is about to stop keeps nobody
        }
      } catch (error) {
        failures += 1;
        this.#online = false;
        const longest = Math.min(LONGEST_PAUSE, 1000 * 2 ** (failures - 1));
        const why = error instanceof Refused ? error.message : "";
        await this.#pause.count_down(longest * (0.75 + Math.random() / 2), (seconds) => {
          this.#handlers.on_state("offline", seconds, why);
        });
        this.#handlers.on_state("connecting");
      }
    }
  }

  #came(messages) {
    if (messages.length > 0) {
      this.#cursor = messages.at(-1).id;
      this.#handlers.on_messages(messages.map(({body, ...rest}) => ({...rest, text: body})));
    }
    if (!this.#online) {
      this.#online = true;
      this.#handlers.on_state("online");
      this.#handlers.on_messages([]);
      this.#flush();
    }
  }

  async #flush() {
    if (this.#sending) {
      return;
    }
    this.#sending = true;
    while (this.#outbox.length > 0) {
      const {key, name, text} = this.#outbox[0];
      try {
        this.#answer = post("a/message/new", {key, name, body: text}, AbortSignal.timeout(PATIENCE));
        this.#handlers.on_sent(key, await this.#answer);
      } catch (error) {
        if (!(error instanceof Refused)) {
          break;  // it stays in the outbox, and goes when the server is there again
        }
        this.#handlers.on_refused(key, error.message);
      }
      this.#outbox.shift();
    }
    this.#sending = false;
    if (this.#outbox.length > 0 && this.#online) {
      setTimeout(() => this.#flush(), 2000);
    }
  }
}
