// Waiting for the next attempt, which whoever is impatient may cut short.

export class Pause {
  #wake = () => {};

  /** Waits so long; true when wake() has cut it short. */
  wait(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  /** The same, with `on_second(seconds left)` called at the beginning and then each second. */
  async count_down(milliseconds, on_second) {
    let woken = false;
    for (const end = performance.now() + milliseconds; !woken && performance.now() < end; ) {
      const left = end - performance.now();
      on_second(Math.ceil(left / 1000));
      woken = await this.wait(Math.min(1000, left));
    }
  }

  wake() {
    this.#wake();
  }
}
