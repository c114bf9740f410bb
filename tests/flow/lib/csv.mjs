// A table as RFC 4180 has it, read without mercy: its rows as objects by column.
import assert from "node:assert/strict";

function cells(text) {
  const rows = [];
  let row = [], at = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      for (at++; ; at++) {
        assert.ok(at < text.length, "a quoted cell has no end");
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[at++];
        else break;
      }
      at++;
    } else {
      while (at < text.length && !",\r".includes(text[at])) {
        assert.ok(!'"\n'.includes(text[at]), `a bare cell with ${JSON.stringify(text[at])}`);
        cell += text[at++];
      }
    }
    row.push(cell);
    if (text[at] === ",") {
      at++;
      continue;
    }
    assert.equal(text.slice(at, at + 2), "\r\n", "rows end with CRLF");
    at += 2;
    rows.push(row);
    row = [];
  }
  return rows;
}

export function parse(text) {
  const [columns, ...rows] = cells(text.replace(/^\ufeff/, ""));
  return rows.map((row) => {
    assert.equal(row.length, columns.length, row.join("|"));
    return Object.fromEntries(columns.map((column, i) => [column, row[i]]));
  });
}

/** "-12.50" as -1250, exactly. */
export const minor = (text) => {
  assert.match(text, /^-?\d+\.\d\d$/);
  return Number(text.replace(".", ""));
};
