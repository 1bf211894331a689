// Blocks of cells as spreadsheets put them on the clipboard: tabs between cells, quotes around those with line ends.
export const blockOf = (text) => {
  const rows = [[]];
  const cell = /(?:"((?:[^"]|"")*)"(?=[\t\r\n]|$)|([^\t\r\n]*))(\t|\r\n|\r|\n|$)/y;
  while (cell.lastIndex <= text.length) {
    const [, quoted, plain, end] = cell.exec(text);
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (!end) break;
    if (end !== "\t") rows.push([]);
  }
  if (rows.length > 1 && rows.at(-1).every((each) => each === "")) rows.pop(); // a spreadsheet ends the last row, too
  return rows;
};
