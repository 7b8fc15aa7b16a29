import { expect } from 'chai'
import { LightEventTarget, useLightEvents } from '../../../testnet/sim/light-events.ts'

/** What listeners see who come once, twice, until a signal, or too late. */
function seenOf (Target: typeof EventTarget): unknown[] {
  const seen: unknown[] = []
  const target = new Target()
  const lifetime = new AbortController()
  const note = (who: string) => (event: Event): void => {
    seen.push([who, event.type, (event as CustomEvent).detail])
  }
  const [twice, gone] = [note('twice'), note('gone')]
  target.addEventListener('news', twice)
  target.addEventListener('news', twice)
  target.addEventListener('news', note('once'), { once: true })
  target.addEventListener('news', note('until'), { signal: lifetime.signal })
  target.addEventListener('news', gone)
  target.removeEventListener('news', gone)
  target.addEventListener('other', note('other'))
  target.dispatchEvent(new CustomEvent('news', { detail: 1 }))
  lifetime.abort()
  target.addEventListener('news', note('too late'), { signal: lifetime.signal })
  target.dispatchEvent(new CustomEvent('news', { detail: 2 }))
  target.dispatchEvent(new CustomEvent('nobody listens'))
  return seen
}

describe('testnet/sim/light-events', () => {
  it('does what Node does', () => {
    const light = seenOf(LightEventTarget as unknown as typeof EventTarget)
    expect(light).to.deep.equal(seenOf(EventTarget))
  })

  it('is taken back', () => {
    const { EventTarget } = globalThis
    const takeBack = useLightEvents()
    expect(new globalThis.EventTarget()).to.be.instanceOf(LightEventTarget)
    takeBack()
    expect(globalThis.EventTarget).to.equal(EventTarget)
  })
})
