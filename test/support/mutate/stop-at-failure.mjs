/** A reporter that shows nothing and ends the process at the first test that fails. */
export default async function stopAtFailure(events) {
  for await (const { type, data } of events) {
    if (type !== "test:fail" || data.todo !== undefined) continue;
    if (process.env.MUTATE_SHOW === "1") console.error(data.name, data.details.error);
    process.exit(1);
  }
}
