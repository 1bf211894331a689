// The page on which rejected rows are fixed: which rows are shown, what is typed, and the import of the rows.
import { Grid } from "./grid.js";
import { Saving, nameOf } from "./saving.js";
import { Refusal, Server } from "./server.js";
import { Steps } from "./steps.js";

const one = (id) => document.getElementById(id);
const place = one("fixes");
const { code, rows: address, jobs, imported } = place.dataset;
const atOnce = Number(place.dataset.atOnce);
const server = new Server(address);
const numbers = new Intl.NumberFormat();
const NOT_YET = "Some cells are not saved yet. They are tried again; go on when they are.";

let offset = 0;
let wanted = 0;
let all = [];
let asked = 0;

const say = (words) => (one("said").textContent = words);
const complain = (words) => {
  const box = document.createElement("div");
  box.className = "objection";
  box.textContent = words;
  one("notice").replaceChildren(...(words ? [box] : []));
};
const toNotice = () => one("notice").scrollIntoView({ block: "center" });
const failed = (error) => {
  complain(wordsOf(error));
  toNotice();
};
const wordsOf = (error) =>
  error instanceof Refusal ? error.message : "The server does not answer. Try again in a moment.";

const saving = new Saving(server, code, {
  state(words, isKept) {
    one("kept").textContent = words;
    if (words.startsWith("Not saved")) say(words);
    one("kept").classList.toggle("not-kept", !isKept);
    document.documentElement.dataset.kept = isKept;
    if (isKept && one("notice").textContent === NOT_YET) complain("");
  },
  verdicts(rows) {
    grid.renew(rows.map(withWaiting));
    const current = grid.current;
    const row = current && rows.find((each) => each.row === last?.row);
    if (row) say(verdictOf(row));
    if (current) explain(current);
    count();
  },
  refused(cells, sentence) {
    for (const cell of cells) grid.refuse(cell, sentence);
    const [{ row, column }] = cells;
    const what = cells.length > 1 ? `${numbers.format(cells.length)} cells are` : `Row ${row}, ${column}, is`;
    complain(`${what} not kept: ${sentence}`);
  },
});

let last = null;
const verdictOf = (row) => {
  const sentences = row.errors.filter((error) => error.column === last.column).map((error) => error.message);
  return `Row ${row.row}, ${last.column}: ${sentences.join(" ") || "nothing is wrong."}`;
};

const grid = new Grid(one("grid"), {
  typed(changes, tooMany) {
    steps.done({ changes: changes.map(withBefore) });
    if (tooMany) complain(`${tooMany} rows of what was pasted do not fit on this page, and are left out.`);
    keep(changes.map(({ row, column, text }) => ({ row, column, text })));
  },
  moved: (current) => explain(current),
  turned: (by) => turn(by),
  left: () => (one("earlier").disabled ? one("page-number") : one("earlier")).focus(),
});

// What was typed here, so that a cell whose text is hidden from then on can be taken back, too
const typedHere = new Map();
const withBefore = (change) =>
  change.before === undefined ? { ...change, before: typedHere.get(nameOf(change.row, change.column)) } : change;

const keep = (cells) => {
  last = cells.at(-1);
  for (const cell of cells) typedHere.set(nameOf(cell.row, cell.column), cell.text);
  return saving.add(cells);
};

const steps = new Steps(one("undo"), one("redo"), {
  async type(asked) {
    const cells = asked.filter(({ text }) => text !== undefined);
    if (cells.length < asked.length) complain("A cell stays as it is: what was typed there before is hidden from here.");
    if (!cells.length) return;
    for (const { row, column, text } of cells) {
      const shown = grid.rows.find((each) => each.row === row);
      if (shown && text !== null) shown.cells[all.find((each) => each.header === column).place] = text;
    }
    grid.renew(grid.rows);
    await keep(cells);
  },
  async takeBack(replacement) {
    await server.takeBack(replacement.step);
    await load();
  },
  failed,
});

// What waits to be saved is shown as it was typed
const withWaiting = (row) => {
  for (const column of all) {
    const text = saving.textOf(row.row, column.header);
    if (typeof text !== "string") continue;
    row.cells[column.place] = text;
    if (!row.typed.includes(column.header)) row.typed.push(column.header);
  }
  return row;
};

const explain = ({ row, column }) => {
  const sentences = grid.sentencesOf(row, column);
  const help = one("cell-help");
  help.hidden = false;
  const good = row.isBlank ? "the row is empty, and is left out." : "nothing is wrong.";
  help.textContent = `Row ${row.row}, ${column.header}: ${sentences.join(" ") || good}`;
  help.classList.toggle("wrong", sentences.length > 0);
  one("replace").disabled = column.isSensitive || Boolean(imported);
};

const shownColumns = () => {
  const isEvery = one("all-columns").checked;
  return all.filter((column) => isEvery || column.field !== null || column.header === "import_record");
};

const load = async () => {
  const number = ++asked;
  try {
    const page = await server.rows({
      column: one("only-column").value,
      reason: one("only-reason").value,
      typed: one("only-typed").checked,
      offset,
      limit: atOnce,
    });
    if (number !== asked) return; // other rows were asked for meanwhile
    complain("");
    all = page.columns.map((column, at) => ({ ...column, place: at }));
    wanted = page.wanted;
    show(page);
  } catch (error) {
    one("grid-caption").textContent = "The rows are not here.";
    complain(wordsOf(error));
    if (error instanceof Refusal) toNotice();
    else setTimeout(load, 3000);
  }
};

const show = (page) => {
  grid.show(shownColumns(), page.rows.map(withWaiting), offset, wanted);
  const to = offset + page.rows.length;
  one("grid-caption").textContent = page.rows.length
    ? `Rows ${numbers.format(offset + 1)} to ${numbers.format(to)} of ${numbers.format(wanted)}`
    : "There are no such rows.";
  one("earlier").disabled = offset === 0;
  one("later").disabled = to >= wanted;
  const pages = Math.max(Math.ceil(wanted / atOnce), 1);
  one("page-number").value = offset / atOnce + 1;
  one("page-number").max = pages;
  one("page-count").textContent = `of ${numbers.format(pages)}`;
  one("total").textContent = numbers.format(page.total);
  one("touched").textContent = numbers.format(page.touched);
  one("replacements").replaceChildren(...page.replacements.map(lineOf));
  bringIntoSight(one("grid").querySelector("td.wrong"));
  document.documentElement.dataset.page = String(offset / atOnce + 1);
};

// In a wide table the first wrong cell may be beside what is shown; the page itself stays where it is
const bringIntoSight = (cell) => {
  if (!cell || one("grid").contains(document.activeElement)) return;
  const box = one("grid-box");
  box.scrollLeft += cell.getBoundingClientRect().right - box.getBoundingClientRect().right + 2;
};

const lineOf = (replacement) => {
  const line = document.createElement("li");
  const words = document.createElement("span");
  const { column, from, to, rows } = replacement;
  words.textContent = `${column}: “${from}” is “${to}” now, in ${numbers.format(rows)} rows. `;
  const back = document.createElement("button");
  back.className = "small";
  back.textContent = "Put back";
  back.setAttribute("aria-label", `Put back “${from}” in ${column}`);
  back.disabled = Boolean(imported);
  back.addEventListener("click", () => {
    server.takeBack(replacement.step).then(load, failed);
  });
  line.append(words, back);
  return line;
};

// How many rows are changed is asked again, without the rows
const count = async () => {
  try {
    one("touched").textContent = numbers.format((await server.rows({ typed: true, offset: 0, limit: 1 })).touched);
  } catch {
    // it is asked again with the next cell
  }
};

const goTo = async (page) => {
  const pages = Math.max(Math.ceil(wanted / atOnce), 1);
  offset = (Math.min(Math.max(Math.trunc(page) || 1, 1), pages) - 1) * atOnce;
  await load();
};

const turn = async (by) => {
  const before = offset;
  await goTo(offset / atOnce + 1 + by);
  if (offset !== before) grid.moveTo(0, grid.at.column);
};

const filtered = () => {
  offset = 0;
  load();
};

for (const id of ["only-column", "only-reason", "only-typed"]) one(id).addEventListener("change", filtered);
one("all-columns").addEventListener("change", load);
one("earlier").addEventListener("click", () => goTo(offset / atOnce));
one("later").addEventListener("click", () => goTo(offset / atOnce + 2));
one("page-number").addEventListener("change", () => goTo(Number(one("page-number").value)));

// Whether everything typed is with the server; if not, the page says why
const isAllKept = async () => {
  const isKept = await saving.send();
  if (!saving.isEmpty) complain(NOT_YET);
  if (!isKept) toNotice();
  return isKept;
};

// Replace all
let replaced = null;
const isAsking = (isOpen) => {
  one("replacing").hidden = !isOpen;
  one("replace").setAttribute("aria-expanded", isOpen);
};
one("replace").addEventListener("click", () => {
  replaced = grid.current;
  if (!replaced) return;
  one("replaced-value").textContent = replaced.text || "nothing (a blank cell)";
  one("replaced-column").textContent = replaced.column.header;
  one("replacement").value = replaced.text;
  isAsking(true);
  one("replacement").focus();
  one("replacement").select();
});
one("leave").addEventListener("click", () => {
  isAsking(false);
  grid.focus();
});
one("replacing").addEventListener("keydown", (event) => event.key === "Escape" && one("leave").click());
one("replacing").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    if (!(await isAllKept())) return;
    const done = await server.replace(replaced.column.header, replaced.text, one("replacement").value);
    steps.done({ replacement: done });
    isAsking(false);
    await load();
    grid.focus();
    say(`Replaced in ${numbers.format(done.rows)} rows.`);
  } catch (error) {
    failed(error);
  }
});

// Import
one("import-rows").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    if (await isAllKept()) location.assign(jobs + (await server.importRows()).code);
    else button.disabled = false;
  } catch (error) {
    button.disabled = false;
    failed(error);
  }
});

grid.isClosed = Boolean(imported);
load().then(() => saving.send());
