import { expect } from 'chai'
import fc from 'fast-check'
import { OwnLinks } from '../../../daemon/routing/index.ts'
import { MAX_LINKS } from '../../../protocols/limits.ts'
import { shortIdOf } from '../../../protocols/rtt/index.ts'
import { idNumbered, NOW, peerNumbered } from './link-states.ts'

describe('daemon/routing/own-links', () => {
  let now = NOW
  let links: OwnLinks
  const linksOf = (number: number): OwnLinks =>
    new OwnLinks({ self: peerNumbered(number), clock: () => now })
  const observe = (number: number, ...rtts: number[]): void => {
    for (const rttMs of rtts) links.observe(peerNumbered(number), rttMs)
  }
  const rttTo = (number: number): number | undefined => links.of(idNumbered(number))?.rttMs

  beforeEach(() => {
    now = NOW
    links = linksOf(0)
  })

  it('smooths what is measured, three tenths for the new', () => {
    observe(1, 100, 200)
    expect(links.of(idNumbered(1))).to.include({ rttMs: 130, samples: 2 })
  })

  it('believes a time out of line when it comes again', () => {
    observe(1, 10, 1000)
    expect(rttTo(1)).to.equal(10)
    observe(1, 10, 1000)
    expect(rttTo(1)).to.equal(10)
    observe(1, 1000)
    expect(rttTo(1)).to.equal(307)
  })

  it('takes nothing that is no time', () => {
    observe(1, NaN, -1, Infinity)
    expect(links.all()).to.deep.equal([])
  })

  it('forgets a peer that is lost, or not measured for over two minutes', () => {
    observe(1, 10)
    observe(2, 10)
    links.lost(peerNumbered(1))
    expect(rttTo(1)).to.equal(undefined)
    now += 134_999
    observe(3, 10)
    expect(links.all()).to.have.length(2)
    const { version } = links
    now += 1
    expect(links.version).not.to.equal(version)
    expect(links.all().map(({ peer }) => peer)).to.deep.equal([peerNumbered(3)])
  })

  it('tells of sixteen: the nearest eight, and others whatever their distance', () => {
    for (let number = 1; number <= 40; number++) observe(number, number)
    const told = links.list().map(({ rttMs }) => rttMs)
    expect(told).to.have.length(MAX_LINKS)
    expect(told.slice(0, 8)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8])
    expect(Math.max(...told)).to.be.greaterThan(20)
  })

  it('names the same links from both ends, more often than chance would', () => {
    const nodes = Array.from({ length: 60 }, (_, number) => linksOf(number))
    nodes.forEach((node, number) => {
      nodes.forEach((_, other) => {
        if (other !== number) node.observe(peerNumbered(other), 50)
      })
    })
    const told = nodes.map(node => new Set(node.list().slice(8).map(({ id }) => id)))
    const mutual = told.flatMap((ids, number) => [...ids].filter(id =>
      told.some((back, other) => id === idNumbered(other) && back.has(idNumbered(number)))))
    expect(mutual.length / (60 * 8)).to.be.greaterThan(0.5)
  })

  it('tells of the same links as before while they are hardly farther than others', () => {
    for (let number = 1; number <= 40; number++) observe(number, 100 + number / 10)
    links.told()
    for (let number = 1; number <= 40; number++) observe(number, 104 - number / 10)
    expect(links.changedBy()).to.be.below(0.1)
    observe(40, 10, 10, 10, 10)
    expect(links.changedBy()).to.equal(1)
  })

  it('says how much a link has changed since it was told of', () => {
    observe(1, 100)
    expect(links.changedBy()).to.equal(1)
    links.told()
    expect(links.changedBy()).to.equal(0)
    observe(1, 200)
    expect(links.changedBy()).to.be.closeTo(0.3, 1e-9)
    links.told()
    links.lost(peerNumbered(1))
    expect(links.changedBy()).to.equal(1)
  })

  it('takes half a millisecond for no news', () => {
    observe(1, 0.2)
    links.told()
    observe(1, 0.55)
    expect(links.changedBy()).to.be.below(0.1)
  })

  it('is bounded, whoever connects', () => {
    for (let number = 0; number < 1100; number++) observe(number, 10)
    expect(links.all()).to.have.length(1024)
    expect(rttTo(0)).to.equal(undefined)
  })

  it('names no peer twice, and none that it does not measure', () => {
    const measured = fc.array(fc.tuple(fc.nat(30), fc.double({ min: 0, max: 500, noNaN: true })))
    fc.assert(fc.property(measured, samples => {
      links = linksOf(99)
      for (const [number, rttMs] of samples) observe(number, rttMs)
      const ids = links.list().map(({ id }) => id)
      const known = new Set(samples.map(([number]) => idNumbered(number)))
      expect(new Set(ids).size).to.equal(ids.length)
      expect(ids).to.have.length(Math.min(MAX_LINKS, known.size))
      expect(ids.every(id => known.has(id))).to.equal(true)
      expect(links.list().every(({ peer, id }) => shortIdOf(peer) === id)).to.equal(true)
    }), { numRuns: 50 })
  })
})
