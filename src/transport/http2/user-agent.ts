/** What this client calls itself; a test keeps the version equal to the package's. */
export const userAgent = "containerd-images/0.1.0";
