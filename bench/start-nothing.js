/** A job that imports nothing, not even coppice: all of its cold start is the Worker's. */
export const nothing = () => {};
