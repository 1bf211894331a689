// The table as an ARIA grid: one cell can be reached by Tab, arrows move between cells, Enter or typing edits one.
import { blockOf } from "./blocks.js";

const MASK = "•••";

const made = (name, attributes = {}, text = "") => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

export class Grid {
  // `told` has the functions typed(changes, rows that did not fit), moved(cell), turned(pages) and left()
  constructor(table, told) {
    this.table = table;
    this.told = told;
    this.body = table.tBodies[0];
    this.at = { row: 0, column: 0 };
    this.rows = [];
    this.columns = [];
    this.isClosed = false;
    table.addEventListener("keydown", (event) => this.#keyed(event));
    table.addEventListener("mousedown", (event) => this.#pressed(event));
    table.addEventListener("dblclick", (event) => this.#cellOf(event.target) && this.edit());
    table.addEventListener("focusin", (event) => this.#focused(event));
    document.addEventListener("paste", (event) => this.#pasted(event));
    document.addEventListener("copy", (event) => this.#copied(event));
  }

  // Show these rows; `first` is the place of the first one among all `count`
  show(columns, rows, first, count) {
    this.#commit();
    this.columns = columns;
    this.rows = rows;
    this.table.setAttribute("aria-rowcount", count + 1);
    this.table.setAttribute("aria-colcount", columns.length + 1);
    if (this.isClosed) this.table.setAttribute("aria-readonly", "true");
    const head = made("tr", { role: "row", "aria-rowindex": 1 });
    head.append(made("th", { role: "columnheader", scope: "col", class: "num", "aria-colindex": 1 }, "Row"));
    columns.forEach((column, place) => {
      head.append(made("th", { role: "columnheader", scope: "col", "aria-colindex": place + 2 }, column.header));
    });
    this.table.tHead.replaceChildren(head);
    this.body.replaceChildren(...rows.map((row, place) => this.#rowOf(row, first + place + 2)));
    this.at.row = Math.min(this.at.row, Math.max(rows.length - 1, 0));
    this.at.column = Math.min(this.at.column, columns.length - 1);
    this.#roving();
  }

  // Draw rows anew that are shown, as the server has them now; a cell that is being edited stays
  renew(rows) {
    for (const row of rows) {
      const place = this.rows.findIndex((each) => each.row === row.row);
      if (place < 0) continue;
      this.rows[place] = row;
      this.#drawHead(this.body.rows[place].cells[0], row);
      this.columns.forEach((column, at) => this.#draw(this.#cell(place, at), row, column));
    }
  }

  // Say of a cell that it is not kept
  refuse({ row, column }, sentence) {
    const place = this.rows.findIndex((each) => each.row === row);
    const at = this.columns.findIndex((each) => each.header === column);
    if (place < 0 || at < 0) return;
    this.rows[place].errors = [...this.rows[place].errors, { column, message: `Not kept: ${sentence}` }];
    this.#draw(this.#cell(place, at), this.rows[place], this.columns[at]);
  }

  get current() {
    const row = this.rows[this.at.row];
    const column = this.columns[this.at.column];
    return row && column && { row, column, text: row.cells[column.place] };
  }

  sentencesOf(row, column) {
    return row.errors.filter((error) => error.column === column.header).map((error) => error.message);
  }

  focus() {
    this.#cell(this.at.row, this.at.column)?.focus();
  }

  moveTo(row, column) {
    this.at = { row, column };
    this.#roving();
    this.focus();
  }

  // Put the editor into the current cell, with its text or with what is just typed
  edit(text) {
    const { row, column } = this.current ?? {};
    if (!row || this.isClosed || this.editor) return;
    const cell = this.#cell(this.at.row, this.at.column);
    const before = column.isSensitive && row.cells[column.place] === MASK ? "" : row.cells[column.place];
    const name = `${column.header}, row ${row.row}`;
    const editor = made("textarea", { rows: 1, class: "editor", "aria-label": name, spellcheck: "false" });
    editor.value = text ?? before;
    const sentences = cell.querySelector(".why");
    if (sentences) editor.setAttribute("aria-describedby", sentences.id);
    this.editor = { editor, cell, before, isMasked: before !== row.cells[column.place] };
    cell.classList.add("edited");
    cell.prepend(editor);
    editor.focus();
    editor.setSelectionRange(text === undefined ? 0 : editor.value.length, editor.value.length);
    editor.addEventListener("blur", () => this.#commit());
  }

  #rowOf(row, index) {
    const line = made("tr", { role: "row", "aria-rowindex": index });
    const head = made("th", { role: "rowheader", scope: "row", class: "num", "aria-colindex": 1 });
    this.#drawHead(head, row);
    line.append(head);
    this.columns.forEach((column, at) => {
      const cell = made("td", { role: "gridcell", tabindex: -1, "aria-colindex": at + 2 });
      cell.dataset.at = at;
      this.#draw(cell, row, column);
      line.append(cell);
    });
    return line;
  }

  // The number of the row, and what is wrong with all of it
  #drawHead(head, row) {
    const ofRow = row.errors.filter((error) => error.column === null).map((error) => error.message);
    head.replaceChildren(String(row.row), ...ofRow.map((message) => made("small", { class: "why" }, message)));
  }

  #draw(cell, row, column) {
    if (this.editor?.cell === cell) return;
    const messages = this.sentencesOf(row, column);
    const id = `why-${row.row}-${column.place}`;
    const why = made("small", { class: "why", id, "aria-hidden": "true" }, messages.join(" "));
    cell.replaceChildren(made("span", { class: "value" }, row.cells[column.place]), ...(messages.length ? [why] : []));
    cell.classList.toggle("wrong", messages.length > 0);
    cell.classList.toggle("typed", row.typed.includes(column.header));
    cell.toggleAttribute("aria-invalid", false);
    cell.removeAttribute("aria-describedby");
    if (messages.length) {
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", id);
    }
  }

  #cell(row, column) {
    return this.body.rows[row]?.cells[column + 1];
  }

  #cellOf(target) {
    const cell = target.closest?.("td[role=gridcell]");
    return cell && this.body.contains(cell) ? cell : null;
  }

  #roving() {
    this.body.querySelector("[tabindex='0']")?.setAttribute("tabindex", -1);
    this.#cell(this.at.row, this.at.column)?.setAttribute("tabindex", 0);
  }

  #focused(event) {
    const cell = this.#cellOf(event.target);
    if (!cell) return;
    this.at = { row: cell.parentElement.sectionRowIndex, column: Number(cell.dataset.at) };
    this.#roving();
    this.told.moved(this.current);
  }

  #pressed(event) {
    const cell = this.#cellOf(event.target);
    if (!cell || event.target.closest(".editor")) return;
    if (document.activeElement === cell) {
      event.preventDefault();
      this.edit();
    }
  }

  #keyed(event) {
    if (event.isComposing) return;
    if (this.editor) this.#keyedInEditor(event);
    else if (this.#cellOf(event.target)) this.#keyedInCell(event);
  }

  #keyedInEditor(event) {
    const isKept = event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !event.altKey);
    if (!isKept && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (isKept) this.#commit();
    else this.#cancel();
    if (event.key === "Enter") this.#step(1, 0);
    else if (event.key === "Tab") this.#next(event.shiftKey ? -1 : 1);
    this.focus();
  }

  #keyedInCell(event) {
    const moves = {
      ArrowUp: () => this.#step(-1, 0),
      ArrowDown: () => this.#step(1, 0),
      ArrowLeft: () => this.#step(0, -1),
      ArrowRight: () => this.#step(0, 1),
      Home: () => this.moveTo(event.ctrlKey ? 0 : this.at.row, 0),
      End: () => this.moveTo(event.ctrlKey ? this.rows.length - 1 : this.at.row, this.columns.length - 1),
      PageUp: () => this.told.turned(-1),
      PageDown: () => this.told.turned(1),
      Enter: () => this.edit(),
      F2: () => this.edit(),
      Escape: () => this.told.left(),
      Delete: () => this.#set([[""]]),
      Backspace: () => this.#set([[""]]),
    };
    if (event.key === "Tab") {
      if (this.#next(event.shiftKey ? -1 : 1)) event.preventDefault();
    } else if (moves[event.key] && !event.altKey && !event.metaKey) {
      event.preventDefault();
      moves[event.key]();
    } else if ([...event.key].length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.edit(event.key);
    }
  }

  #step(down, right) {
    const row = Math.min(Math.max(this.at.row + down, 0), this.rows.length - 1);
    const column = Math.min(Math.max(this.at.column + right, 0), this.columns.length - 1);
    this.moveTo(row, column);
  }

  // Go to the next cell, or that before, as Tab does; false at the end of the table, which Tab leaves then
  #next(by) {
    const place = this.at.row * this.columns.length + this.at.column + by;
    if (place < 0 || place >= this.rows.length * this.columns.length) return false;
    this.moveTo(Math.floor(place / this.columns.length), place % this.columns.length);
    return true;
  }

  #commit() {
    if (!this.editor) return;
    const { editor, before, isMasked } = this.editor;
    this.#close();
    if (editor.value !== before || (isMasked && editor.value)) this.#set([[editor.value]]);
  }

  #cancel() {
    if (this.editor) this.#close();
  }

  #close() {
    const { cell, editor } = this.editor;
    this.editor = null;
    cell.classList.remove("edited");
    editor.remove();
    const row = this.rows[cell.parentElement.sectionRowIndex];
    if (row) this.#draw(cell, row, this.columns[Number(cell.dataset.at)]);
  }

  // Type a block of texts, from the current cell on, as far as the rows and columns shown go. What was typed there
  // before is told with them: null for what the file had, undefined for what is hidden.
  #set(block) {
    if (this.isClosed || !this.current) return;
    const changes = [];
    block.forEach((texts, down) => {
      texts.forEach((text, right) => {
        const row = this.rows[this.at.row + down];
        const column = this.columns[this.at.column + right];
        if (!row || !column || row.cells[column.place] === text || (column.isSensitive && text === MASK)) return;
        const shown = column.isSensitive && row.cells[column.place] === MASK ? undefined : row.cells[column.place];
        const before = row.typed.includes(column.header) ? shown : null;
        changes.push({ row: row.row, column: column.header, text, before });
        this.#put(row, column, text);
      });
    });
    const rows = Math.max(this.at.row + block.length - this.rows.length, 0);
    if (changes.length) this.told.typed(changes, rows);
  }

  // Show a text that is typed, before the server says what it makes of it
  #put(row, column, text) {
    row.cells[column.place] = text;
    if (!row.typed.includes(column.header)) row.typed.push(column.header);
    this.#draw(this.#cell(this.rows.indexOf(row), this.columns.indexOf(column)), row, column);
  }

  #pasted(event) {
    if (this.editor || !this.#cellOf(document.activeElement ?? document.body)) return;
    event.preventDefault();
    this.#set(blockOf(event.clipboardData.getData("text/plain")));
  }

  #copied(event) {
    if (this.editor || !this.current || !this.#cellOf(document.activeElement ?? document.body)) return;
    if (String(window.getSelection())) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", this.current.text);
  }
}
