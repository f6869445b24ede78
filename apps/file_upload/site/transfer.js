// Uploads, two at a time. An XMLHttpRequest tells how far it is, which fetch() does not. What the network breaks off begins
// again by itself; what the server refuses does not.

const AT_ONCE = 2;
const MOST_ATTEMPTS = 30;
const LONGEST_PAUSE = 15_000;  // milliseconds
const PATIENCE = 30_000;  // without any progress
const PATIENCE_AT_END = 300_000;  // for the answer, once all has been sent

function xsrf_token() {
  const match = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/);
  return match ? match[1].replace(/^"|"$/g, "") : "";
}

/** Sends once. Gives `{status, answer}`; status 0: the network failed, or stands still. */
function send(request, {method, url, body, type, key, on_progress}) {
  return new Promise((resolve) => {
    request.open(method, url);
    request.setRequestHeader("X-XSRFToken", xsrf_token());
    request.setRequestHeader("X-Upload-Key", key);
    if (type) {
      request.setRequestHeader("Content-Type", type);
    }
    request.responseType = "json";
    const give_up = () => request.abort();
    let timer = setTimeout(give_up, PATIENCE);
    request.upload.onprogress = (event) => {
      clearTimeout(timer);
      timer = setTimeout(give_up, event.loaded < event.total ? PATIENCE : PATIENCE_AT_END);
      on_progress(event.loaded, event.total);
    };
    request.onloadend = () => {
      clearTimeout(timer);
      removeEventListener("offline", give_up);
      resolve({status: request.status, answer: request.response ?? {}});
    };
    addEventListener("offline", give_up);
    request.send(body);
  });
}

/** One upload: of a file, or of a form with several. */
export class Transfer {
  #cancelled = false;
  #request = null;
  #wake = () => {};
  #key = Array.from(crypto.getRandomValues(new Uint32Array(4)), (number) => number.toString(36)).join("-");

  /** `handlers`: on_progress(loaded, total), on_wait(seconds), on_done(files), on_failed(sentence, again): `again` is false when it cannot help. */
  constructor(files, way, handlers) {
    this.files = files;
    this.way = way;
    this.size = files.reduce((sum, file) => sum + file.size, 0);
    this.handlers = handlers;
  }

  cancel() {
    this.#cancelled = true;
    this.#request?.abort();
    this.#wake();
  }

  retry() {
    this.#wake();
  }

  get #upload() {
    if (this.way === "put") {
      const [file] = this.files;
      return {method: "PUT", url: `files/${encodeURIComponent(file.name)}`, body: file, type: "application/octet-stream", key: this.#key};
    }
    const form = new FormData();
    this.files.forEach((file) => form.append("files", file));
    return {method: "POST", url: "files", body: form, key: this.#key};
  }

  async run() {
    this.#cancelled = false;
    for (let attempt = 0; attempt < MOST_ATTEMPTS && !this.#cancelled; ++attempt) {
      const come = attempt > 0 ? await this.#come() : [];
      if (come.length > 0) {
        return this.handlers.on_done(come);
      }
      this.#request = new XMLHttpRequest();
      let result = await send(this.#request, {...this.#upload, on_progress: this.handlers.on_progress});
      if (result.status === 403 && !this.#cancelled) {
        await fetch("./", {cache: "no-store"}).catch(() => {});  // the cookie has been lost
        this.#request = new XMLHttpRequest();
        result = await send(this.#request, {...this.#upload, on_progress: this.handlers.on_progress});
      }
      if (this.#cancelled) {
        break;
      }
      if (result.status === 201) {
        return this.handlers.on_done(result.answer.files ?? [result.answer]);
      }
      if (![0, 408, 502, 503, 504].includes(result.status)) {
        return this.handlers.on_failed(result.answer.error ?? `The server answers ${result.status}`, result.status !== 413);
      }
      if (!(await this.#readable())) {
        return this.handlers.on_failed("The file cannot be read any more");
      }
      await this.#count_down(Math.min(LONGEST_PAUSE, 1000 * 2 ** attempt) * (0.75 + Math.random() / 2));
    }
    this.handlers.on_failed(this.#cancelled ? "Cancelled" : "The server cannot be reached");
  }

  /** The files, where they have come and only the answer was lost. */
  async #come() {
    try {
      const response = await fetch("files", {cache: "no-store", headers: {"X-Upload-Key": this.#key}});
      return (await response.json()).come ?? [];
    } catch {
      return [];
    }
  }

  /** Whether the files are still as they were when they were chosen: a request for one that is not fails like a network. */
  async #readable() {
    try {
      await Promise.all(this.files.map((file) => file.slice(0, 1).arrayBuffer()));
      return true;
    } catch {
      return false;
    }
  }

  async #count_down(milliseconds) {
    let woken = false;
    for (const end = performance.now() + milliseconds; !woken && !this.#cancelled && performance.now() < end; ) {
      const left = end - performance.now();
      this.handlers.on_wait(Math.ceil(left / 1000));
      woken = await new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), Math.min(1000, left));
        this.#wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
    }
  }
}

/** Transfers that wait for their turn, and those that run. */
export class Queue {
  #waiting = [];
  #running = new Set();

  constructor() {
    addEventListener("online", () => this.#running.forEach((transfer) => transfer.retry()));
  }

  get busy() {
    return this.#running.size + this.#waiting.length > 0;
  }

  add(transfer) {
    this.#waiting.push(transfer);
    this.#start();
  }

  /** Takes a transfer back, whether it has begun or not. */
  cancel(transfer) {
    if (this.#running.has(transfer)) {
      transfer.cancel();
    } else {
      this.#waiting = this.#waiting.filter((other) => other !== transfer);
      transfer.handlers.on_failed("Cancelled");
    }
  }

  async #start() {
    while (this.#running.size < AT_ONCE && this.#waiting.length > 0) {
      const transfer = this.#waiting.shift();
      this.#running.add(transfer);
      transfer.run().finally(() => {
        this.#running.delete(transfer);
        this.#start();
      });
    }
  }
}
