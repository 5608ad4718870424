/** Whether the long form of the tests was asked for, with `npm run test:long`. */
export const isLong = process.env["CONTAINERD_IMAGES_LONG"] === "1";
