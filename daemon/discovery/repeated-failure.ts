/**
 * What is tried again and again fails again and again: one line in the log says enough.
 * in: each failure, and each success. out: whether it is news.
 */

export class RepeatedFailure {
  #last: string | undefined

  /** True the first time, and when it is another failure than the last. */
  isNews (err: unknown): boolean {
    const last = this.#last
    this.#last = kindOf(err)
    return this.#last !== last
  }

  /** It went well: true when it had failed before. The next failure is news. */
  isOver (): boolean {
    const hadFailed = this.#last != null
    this.#last = undefined
    return hadFailed
  }
}

/** Texts carry times and addresses that change; names do not, but for those that say nothing. */
function kindOf (err: unknown): string {
  const { name, message } = err as Error
  return name === 'Error' || name === 'TypeError' ? message : name
}
