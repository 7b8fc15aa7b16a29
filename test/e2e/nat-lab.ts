/**
 * An internet with homes behind NATs, of network namespaces that touch nothing else.
 * in: how each home's router maps ports. out: places where daemons run; nothing left behind.
 *
 *   home 1 ── router 1 ──┐
 *   192.168.11.2   45.45.1.2   internet, 45.45.0.1
 *   home 2 ── router 2 ──┘
 *
 * The routers do as those at home: what comes from outside is dropped unless it answers something.
 */

import { execFile, execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Outside a local port keeps its number, has another one whoever is dialled from it, or has a new
 * one for each destination.
 */
export type Ports = 'kept' | 'other' | 'random'

const MASQUERADE: Record<Ports, string> = {
  kept: 'masquerade',
  other: 'ip protocol tcp masquerade to :50000-59999',
  random: 'masquerade fully-random'
}

export type Place = 'internet' | `home${number}`

/** An address of the internet, of no private range. */
export const PUBLIC_IP = '45.45.0.1'
const PREFIX = 'cdnd-nat'
const NAMESPACES = '/run/netns'

export class NatLab {
  readonly #names: string[] = []
  readonly #end = (): void => { this.#remove() }

  /** Rejects where this user may not make network namespaces. */
  static async open (homes: readonly Ports[]): Promise<NatLab> {
    const lab = new NatLab()
    removeLeftovers()
    process.once('exit', lab.#end)
    try {
      await lab.#build(homes)
      return lab
    } catch (cause) {
      lab.close()
      throw new Error('cannot make network namespaces with NAT: this needs root, iproute2 and ' +
        `nftables (${(cause as Error).message})`, { cause })
    }
  }

  /** For daemons started there. */
  within (place: Place): string[] {
    return ['ip', 'netns', 'exec', this.#name(place)]
  }

  /** Runs a Node program there, and returns what it prints. */
  async node (place: Place, ...args: string[]): Promise<string> {
    const [command, ...words] = [...this.within(place), process.execPath, ...args]
    return (await run(command!, words, { timeout: 30_000 })).stdout
  }

  /** Once what ran in them has ended. */
  close (): void {
    process.off('exit', this.#end)
    this.#remove()
  }

  async #build (homes: readonly Ports[]): Promise<void> {
    await this.#add('internet')
    await this.#ip('internet', 'addr', 'add', `${PUBLIC_IP}/32`, 'dev', 'lo')
    await this.#forward('internet')
    for (const [at, ports] of homes.entries()) await this.#addHome(at + 1, ports)
  }

  async #addHome (n: number, ports: Ports): Promise<void> {
    const [home, router] = [`home${n}`, `router${n}`]
    await this.#add(router)
    await this.#add(home)
    await this.#join('internet', `to${n}`, `45.45.${n}.1/30`, router, 'wan', `45.45.${n}.2/30`)
    await this.#join(router, 'lan', `192.168.1${n}.1/24`, home, 'eth0', `192.168.1${n}.2/24`)
    await this.#ip(router, 'route', 'add', 'default', 'via', `45.45.${n}.1`)
    await this.#ip(home, 'route', 'add', 'default', 'via', `192.168.1${n}.1`)
    await this.#nat(router, ports)
    await this.#forward(router)
  }

  async #add (place: string): Promise<void> {
    const name = this.#name(place)
    await run('ip', ['netns', 'add', name])
    this.#names.push(name)
    await this.#ip(place, 'link', 'set', 'lo', 'up')
  }

  /** A cable between two places. */
  async #join (
    a: string, linkA: string, addressA: string, b: string, linkB: string, addressB: string
  ): Promise<void> {
    await this.#ip(a, 'link', 'add', 'name', linkA, 'type', 'veth',
      'peer', 'name', linkB, 'netns', this.#name(b))
    for (const [place, link, address] of [[a, linkA, addressA], [b, linkB, addressB]] as const) {
      await this.#ip(place, 'addr', 'add', address, 'dev', link)
      await this.#ip(place, 'link', 'set', link, 'up')
    }
  }

  async #nat (router: string, ports: Ports): Promise<void> {
    const answers = 'iifname "lan" accept; ct state established,related accept;'
    const rules = `table ip cdnd {
      chain outward {
        type nat hook postrouting priority srcnat
        oifname "wan" ${MASQUERADE[ports]}
      }
      chain arriving { type filter hook input priority filter; policy drop; ${answers} }
      chain passing { type filter hook forward priority filter; policy drop; ${answers} }
    }`
    await this.#exec(router, 'nft', rules)
  }

  async #forward (place: string): Promise<void> {
    await this.#exec(place, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
  }

  async #exec (place: string, ...words: string[]): Promise<void> {
    await run('ip', ['netns', 'exec', this.#name(place), ...words])
  }

  async #ip (place: string, ...words: string[]): Promise<void> {
    await run('ip', ['-n', this.#name(place), ...words])
  }

  #name (place: string): string {
    return `${PREFIX}-${process.pid}-${place}`
  }

  /** Links go with the namespaces that hold them. */
  #remove (): void {
    this.#names.splice(0).forEach(removeNamespace)
  }
}

/** Of a run that was killed. */
function removeLeftovers (): void {
  for (const name of namespaces()) {
    const pid = Number(new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1])
    if (pid > 0 && !isAlive(pid)) removeNamespace(name)
  }
}

/** None where nobody has made one yet. */
function namespaces (): string[] {
  try {
    return readdirSync(NAMESPACES)
  } catch {
    return []
  }
}

function isAlive (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function removeNamespace (name: string): void {
  execFileSync('ip', ['netns', 'delete', name])
}
