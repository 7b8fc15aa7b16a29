/**
 * Elements of the page. Whatever nodes say of themselves goes in as text, never as markup.
 */

export type Child = Node | string | undefined

export function element<K extends keyof HTMLElementTagNameMap> (
  tag: K, properties: Partial<HTMLElementTagNameMap[K]> = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children.filter(child => child !== undefined))
  return made
}

export function button (onclick: () => void, ...children: Child[]): HTMLButtonElement {
  return element('button', { type: 'button', onclick }, ...children)
}

export function byId<T extends HTMLElement = HTMLElement> (id: string): T {
  return document.getElementById(id) as T
}
