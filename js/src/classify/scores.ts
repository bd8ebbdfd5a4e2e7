const BYTES = 4;

/** Reads little-endian float32, on every machine and at any offset. */
export function floats(view: DataView | undefined): Float32Array {
  const values = new Float32Array(view ? Math.floor(view.byteLength / BYTES) : 0);
  for (let k = 0; k < values.length; k++) {
    values[k] = view?.getFloat32(k * BYTES, true) ?? Number.NaN;
  }
  return values;
}

/** Gives each row its part of a row-major matrix of scores. */
export function withScores<Row>(
  rows: Row[],
  view: DataView | undefined,
  columns: number,
): (Row & { scores: Float32Array })[] {
  const values = floats(view);
  return rows.map((row, k) => ({
    ...row,
    scores: values.subarray(k * columns, (k + 1) * columns),
  }));
}
