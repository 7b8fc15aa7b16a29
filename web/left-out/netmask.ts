/**
 * In place of `netmask`, of which one question is asked. in: a range such as `10.0.0.0/8` or
 * `fc00::/7`. out: whether an IP address is in it.
 */

export class Netmask {
  readonly #bits: string
  readonly #isIpv6: boolean

  constructor (range: string) {
    const [ip = '', length] = range.split('/')
    this.#isIpv6 = ip.includes(':')
    const bits = bitsOf(ip)
    this.#bits = bits.slice(0, length == null ? bits.length : Number(length))
  }

  contains (ip: string): boolean {
    return ip.includes(':') === this.#isIpv6 && bitsOf(ip).startsWith(this.#bits)
  }
}

function bitsOf (ip: string): string {
  if (!ip.includes(':')) return ip.split('.').map(part => binary(Number(part), 8)).join('')
  const [head = '', tail] = ip.split('::')
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')]
  const missing = tail == null ? 0 : 8 - before.length - after.length
  return [...before, ...Array<number>(Math.max(0, missing)).fill(0), ...after]
    .map(group => binary(group, 16)).join('')
}

function groupsOf (text: string): number[] {
  return text.split(':').filter(group => group !== '').flatMap(group => {
    if (!group.includes('.')) return Number.parseInt(group, 16)
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

const binary = (number: number, length: number): string => number.toString(2).padStart(length, '0')
