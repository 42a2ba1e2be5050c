// Contours by marching squares on the centres of cells, as contourpy draws them.

/**
 * Every segment of the contour z = level, in units of cells: emit([column, row], [column, row]).
 *
 * Where opposite corners lie above (a saddle), the mean of the four decides which of them are joined. Cells with a
 * corner that is no number have none.
 * @param {ArrayLike<number>} z values [rows, columns]
 * @param {number} n rows
 * @param {number} m columns
 * @param {number} level
 * @param {(a: number[], b: number[]) => void} emit
 */
export const contourSegments = (z, n, m, level, emit) => {
  for (let r = 0; r < n - 1; r++) for (let q = 0; q < m - 1; q++) {
    const a = z[r * m + q] - level, b = z[r * m + q + 1] - level;
    const c = z[(r + 1) * m + q + 1] - level, d = z[(r + 1) * m + q] - level;
    const sum = a + b + c + d;
    if (!Number.isFinite(sum)) continue;
    const code = Number(a > 0) | (Number(b > 0) << 1) | (Number(c > 0) << 2) | (Number(d > 0) << 3);
    if (code === 0 || code === 15) continue;
    const south = [q + a / (a - b), r], east = [q + 1, r + b / (b - c)];
    const north = [q + d / (d - c), r + 1], west = [q, r + a / (a - d)];
    switch (code) {
      case 1: case 14: emit(west, south); break;
      case 2: case 13: emit(south, east); break;
      case 3: case 12: emit(west, east); break;
      case 4: case 11: emit(east, north); break;
      case 6: case 9: emit(south, north); break;
      case 7: case 8: emit(west, north); break;
      default: // 5 and 10
        if ((code === 5) === (sum > 0)) { // what lies above is joined across the middle in 5, cut off in 10
          emit(south, east);
          emit(west, north);
        } else {
          emit(west, south);
          emit(east, north);
        }
    }
  }
};
