/** Milliseconds that this process works for an action, however busy the machine is with other things. */
export async function cpuTime(action: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
