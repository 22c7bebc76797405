/** The environment variable that says how a program is compiled: see options.ts. */
export const OPTIONS_VARIABLE = 'COPPICE_FIBERS';
