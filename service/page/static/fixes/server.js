// The calls that the grid makes. What the server refuses is thrown as a Refusal; a lost connection as a TypeError.
const FROM_PAGE = { "x-client-import-page": "1" };

export class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }

  // Whether the same call may go well later
  get passes() {
    return this.status === 401 || this.status === 429 || this.status >= 500;
  }

  // Whether it is for what was sent, so that a part of it may go well
  get isOfContent() {
    return this.status === 400 || this.status === 413;
  }
}

export class Server {
  constructor(address) {
    this.address = address;
  }

  rows({ column, reason, typed, offset, limit }) {
    const query = new URLSearchParams({ cursor: offset, limit });
    if (column) query.set("column", column);
    if (reason) query.set("reason", reason);
    if (typed) query.set("typed", "true");
    return this.#call(`?${query}`, "GET");
  }

  async type(cells) {
    return (await this.#call("", "PUT", { cells })).rows;
  }

  replace(column, from, to) {
    return this.#call("/replacements", "POST", { column, from, to });
  }

  takeBack(step) {
    return this.#call(`/replacements/${step}`, "DELETE");
  }

  importRows() {
    return this.#call("/import", "POST");
  }

  async #call(path, method, content) {
    const headers = content ? { ...FROM_PAGE, "content-type": "application/json" } : FROM_PAGE;
    const answer = await fetch(this.address + path, { method, headers, body: content && JSON.stringify(content) });
    if (answer.status === 204) return null;
    const isJson = /[/+]json/.test(answer.headers.get("content-type") ?? "");
    const told = isJson ? await answer.json() : {};
    if (!answer.ok) throw new Refusal(answer.status, told.detail ?? "That did not work. Try again.");
    return told;
  }
}
