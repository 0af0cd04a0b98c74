// Motion shows where something went, and is left out for those who asked for none.

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** A scroll behaviour, or none where motion is unwelcome. */
export const calmly = (behavior) => (still.matches ? "auto" : behavior);
