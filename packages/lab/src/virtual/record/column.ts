type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array

/** A column that grows by doubling: ten million rows are not to be ten million objects. */
export function grown<A extends Numbers>(column: A, rows: number): A {
  if (rows <= column.length) return column
  const Column = column.constructor as new (length: number) => A
  const larger = new Column(Math.max(rows, 2 * column.length, 1_024))
  larger.set(column)
  return larger
}

/** Without the room that was not used; a view, no copy. */
export function trimmed<A extends Numbers>(column: A, rows: number): A {
  return column.subarray(0, rows) as A
}
