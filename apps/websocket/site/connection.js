// The line to the server: a WebSocket that comes back by itself, and says how far it had come.

import {Pause} from "./conversation/pause.js";

const FIRST_PAUSE = 400;  // milliseconds before the first try to come back; doubles
const LONGEST_PAUSE = 15_000;
const SILENCE = 40_000;  // then the server is asked whether it is there
const PATIENCE = 10_000;  // for its answer, and for a connection to open

/** How far a page has come in a room: what it says when it comes back. See Position in doc/guide/pubsub.md. */
export class Position {
  #time = "0";
  #seen = new Map();

  constructor(text) {
    const [time, ...entries] = text.split("-");
    this.#time = time;
    for (const entry of entries) {
      const [from, seq] = entry.split(".");
      this.#seen.set(from, Number(seq));
    }
  }

  advance({from, seq, at}) {
    this.#time = String(at);
    this.#seen.set(from, Math.max(seq, this.#seen.get(from) ?? 0));
  }

  toString() {
    return [this.#time, ...[...this.#seen].map(([from, seq]) => `${from}.${seq}`)].join("-");
  }
}

/**
 * Calls `on_open()` when the server is there, `on_message(object)` with what it says, and `on_state(state, seconds)` with
 * "online", "connecting" or "offline" and the time until the next attempt.
 */
export class Connection {
  #handlers;
  #socket = null;
  #failures = 0;
  #heard = 0;
  #pause = new Pause();
  #timer = 0;

  constructor(handlers) {
    this.#handlers = handlers;
    addEventListener("online", () => this.retry());
    addEventListener("offline", () => this.#socket?.close());
    addEventListener("pageshow", (event) => event.persisted && this.retry());
    document.addEventListener("visibilitychange", () => document.hidden || this.retry());
    this.#run();
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Sends an object, if the server is there. */
  send(object) {
    if (this.open) {
      this.#socket.send(JSON.stringify(object));
    }
  }

  /** All is well: if it ends now, the next attempts come soon. (A server that only opens, and closes, is not well.) */
  settle() {
    this.#failures = 0;
  }

  /** Does not wait any longer for the next attempt. */
  retry() {
    this.#pause.wake();
    this.#check();
  }

  async #run() {
    while (true) {
      this.#handlers.on_state("connecting");
      await this.#connect();
      clearTimeout(this.#timer);
      this.#socket = null;
      this.#failures += 1;
      const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
      await this.#pause.count_down(longest * (0.5 + Math.random() / 2), (seconds) => {
        this.#handlers.on_state("offline", seconds);
      });
    }
  }

  /** Until the connection has ended. */
  #connect() {
    return new Promise((resolve) => {
      const url = new URL("socket", location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      url.hash = "";
      const socket = new WebSocket(url);
      this.#socket = socket;
      this.#timer = setTimeout(() => socket.close(), PATIENCE);
      socket.onopen = () => {
        this.#hear();
        this.#handlers.on_state("online");
        this.#handlers.on_open();
      };
      socket.onmessage = (event) => {
        this.#hear();
        const message = JSON.parse(event.data);
        if (message.type !== "pong") {
          this.#handlers.on_message(message);
        }
      };
      socket.onclose = resolve;
    });
  }

  #hear() {
    this.#heard = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), SILENCE);
  }

  /** Asks the server for a sign of life. A connection without one is none. */
  #check() {
    if (!this.open) {
      return;
    }
    const socket = this.#socket;
    const asked = performance.now();
    this.send({type: "ping"});
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#heard < asked && this.#give_up(socket), PATIENCE);
  }

  /** The closing handshake would wait for an answer, too. */
  #give_up(socket) {
    const closed = socket.onclose;
    socket.onclose = socket.onmessage = null;
    socket.close();
    closed();
  }
}
