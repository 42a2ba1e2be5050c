// The engine's worker, begun when it is first asked.
export const engine = {ask() {}};
