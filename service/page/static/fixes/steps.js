// What was done, so that it can be taken back and done again: cells that were typed, and values that were replaced.
export class Steps {
  // `told` has the functions type(cells), takeBack(replacement) and failed(error)
  constructor(undo, redo, told) {
    this.undo = undo;
    this.redo = redo;
    this.told = told;
    this.behind = [];
    this.ahead = [];
    undo.addEventListener("click", () => this.back());
    redo.addEventListener("click", () => this.again());
    document.addEventListener("keydown", (event) => this.#keyed(event));
  }

  done(step) {
    this.behind.push(step);
    this.ahead = [];
    this.#show();
  }

  async back() {
    const step = this.behind.pop();
    if (!step) return;
    try {
      if (step.replacement) await this.told.takeBack(step.replacement);
      else {
        this.ahead.push(step);
        this.#show();
        await this.told.type(step.changes.map(({ row, column, before }) => ({ row, column, text: before })));
      }
    } catch (error) {
      this.behind.push(step);
      this.told.failed(error);
    }
    this.#show();
  }

  async again() {
    const step = this.ahead.pop();
    if (!step) return;
    this.behind.push(step);
    this.#show();
    await this.told.type(step.changes.map(({ row, column, text }) => ({ row, column, text })));
  }

  #show() {
    this.undo.disabled = !this.behind.length;
    this.redo.disabled = !this.ahead.length;
  }

  #keyed(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    if (key !== "y" && key !== "z") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.again();
    else this.back();
  }
}
