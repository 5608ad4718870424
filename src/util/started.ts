/** Starts some work; an error that it throws at once becomes a rejection. */
export function started<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}
