/**
 * Things in the order of use, each step in constant time. in: nodes. out: the one unused longest.
 *
 * A Map would keep the order as well, but leaves holes where its oldest entries were, and whoever
 * looks for the oldest steps over them.
 */

export class LruNode<T> {
  readonly item: T
  readonly cost: number
  list: LruList<T> | undefined
  older: LruNode<T> | undefined
  newer: LruNode<T> | undefined

  constructor (item: T, cost: number) {
    this.item = item
    this.cost = cost
  }
}

export class LruList<T> {
  /** Cost of all nodes. */
  cost = 0
  #oldest: LruNode<T> | undefined
  #newest: LruNode<T> | undefined

  get oldest (): LruNode<T> | undefined {
    return this.#oldest
  }

  /** Makes a node the newest here, from wherever it was. */
  push (node: LruNode<T>): void {
    node.list?.remove(node)
    node.list = this
    node.older = this.#newest
    if (this.#newest != null) this.#newest.newer = node
    this.#newest = node
    this.#oldest ??= node
    this.cost += node.cost
  }

  remove (node: LruNode<T>): void {
    if (node.list !== this) return
    if (node.older == null) this.#oldest = node.newer
    else node.older.newer = node.newer
    if (node.newer == null) this.#newest = node.older
    else node.newer.older = node.older
    node.list = node.older = node.newer = undefined
    this.cost -= node.cost
  }
}
