// What is typed waits here until the server has it: in the browser's storage, so that neither a reload nor a lost
// connection loses any of it. Each cell is kept by itself, so that several tabs do not overwrite one another; one that
// was not typed in this tab is sent as the storage has it then, if no other tab has sent it meanwhile.
import { Refusal } from "./server.js";

const MOST_AT_ONCE = 1000;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15000;

export const nameOf = (row, column) => JSON.stringify([row, column]);

export class Saving {
  // `told` has the functions verdicts(rows), refused(cells, sentence) and state(words, isKept)
  constructor(server, code, told) {
    this.server = server;
    this.prefix = `client-import fixes ${code} `;
    this.told = told;
    this.waiting = new Map();
    this.sending = null;
    this.pause = FIRST_PAUSE;
    this.#remember();
    window.addEventListener("online", () => this.send());
  }

  // What waits for the cell: its text, null for what the file had, or undefined
  textOf(row, column) {
    return this.waiting.get(nameOf(row, column))?.text;
  }

  get isEmpty() {
    return this.waiting.size === 0;
  }

  add(cells) {
    for (const cell of cells) {
      const name = nameOf(cell.row, cell.column);
      this.waiting.set(name, { ...cell });
      this.#store((storage) => storage.setItem(this.prefix + name, JSON.stringify(cell)));
    }
    return this.send();
  }

  // Send what waits, until nothing does any more or the server cannot be reached; resolves to whether all of it is kept
  send() {
    clearTimeout(this.retry);
    this.sending ??= this.#sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  async #sendAll() {
    this.#lookAgain();
    let isKept = true;
    while (!this.isEmpty) {
      const cells = [...this.waiting.values()].slice(0, MOST_AT_ONCE);
      this.told.state("Saving …", false);
      try {
        isKept = (await this.#sendThese(cells)) && isKept;
      } catch (error) {
        this.#later(error);
        return false;
      }
      this.pause = FIRST_PAUSE;
    }
    this.told.state(isKept ? "Everything is saved." : "Not everything is kept.", isKept);
    return isKept;
  }

  async #sendThese(cells) {
    try {
      const rows = await this.server.type(cells.map(({ row, column, text }) => ({ row, column, text })));
      cells.forEach((cell) => this.#forget(cell));
      this.told.verdicts(rows);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || error.passes) throw error;
      if (cells.length > 1 && error.isOfContent) for (const cell of cells) await this.#sendThese([cell]);
      else {
        cells.forEach((cell) => this.#forget(cell));
        this.told.refused(cells, error.message);
      }
      return false;
    }
  }

  #later(error) {
    const why = error instanceof Refusal
      ? error.status === 401 ? "Sign in again in another tab." : error.message
      : "The server does not answer.";
    this.told.state(`Not saved yet: ${this.waiting.size} in this browser. ${why} It is tried again.`, false);
    this.retry = setTimeout(() => this.send(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  #forget(cell) {
    const name = nameOf(cell.row, cell.column);
    if (this.waiting.get(name) !== cell) return; // something else was typed meanwhile
    this.waiting.delete(name);
    this.#store((storage) => {
      const kept = storage.getItem(this.prefix + name);
      if (kept && JSON.parse(kept).text === cell.text) storage.removeItem(this.prefix + name); // else it is another tab's
    });
  }

  #remember() {
    this.#store((storage) => {
      for (const key of Object.keys(storage)) {
        if (!key.startsWith(this.prefix)) continue;
        this.waiting.set(key.slice(this.prefix.length), { ...JSON.parse(storage[key]), isRemembered: true });
      }
    });
  }

  #lookAgain() {
    this.#store((storage) => {
      for (const [name, { isRemembered }] of this.waiting) {
        const kept = isRemembered && storage.getItem(this.prefix + name);
        if (kept) this.waiting.set(name, { ...JSON.parse(kept), isRemembered });
        else if (isRemembered) this.waiting.delete(name);
      }
    });
  }

  #store(act) {
    try {
      act(window.localStorage);
    } catch {
      // a browser that keeps nothing: what is typed is saved by the server alone
    }
  }
}
