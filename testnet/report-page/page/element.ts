/**
 * Elements of the page. What a record says goes in as text, never as markup.
 */

export type Child = Node | string | undefined

export function element<K extends keyof HTMLElementTagNameMap> (
  tag: K, className = '', ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  made.append(...children.filter(child => child !== undefined))
  return made
}

export interface Column { name: string, isNumber?: boolean }

export function table (columns: readonly Column[], rows: readonly Child[][]): HTMLElement {
  const classOf = (column: number): string => columns[column]?.isNumber === true ? 'number' : ''
  const head = element('tr', '', ...columns.map(({ name }, i) => element('th', classOf(i), name)))
  const body = rows.map(cells =>
    element('tr', '', ...cells.map((cell, i) => element('td', classOf(i), cell))))
  return element('div', 'table', element('table', '',
    element('thead', '', head), element('tbody', '', ...body)))
}
