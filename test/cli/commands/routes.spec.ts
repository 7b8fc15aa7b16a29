import { expect } from 'chai'
import type { RouteReport } from '../../../protocols/control/index.ts'
import { failure, run } from '../fake-daemon.ts'

const NEAR: RouteReport = {
  peer: '12D3near', role: 'peer', region: 'eu', nextHop: '12D3near', hops: 1, pathMs: 9.04,
  measuredMs: 9.04, estimatedMs: 12, basis: 'coordinates'
}
const FAR: RouteReport = {
  peer: '12D3far', role: 'edge', region: 'us', nextHop: '12D3near', hops: 3, pathMs: 80.26,
  estimatedMs: 70, basis: 'path'
}
const LOST: RouteReport = { peer: '12D3lost' }

const json = (body: unknown): Response => new Response(JSON.stringify(body))
const rowsOf = (text: string): string[][] => text.trim().split('\n').map(row => row.split(/ {2,}/))

describe('cli/commands/routes', () => {
  it('has measured and estimated times side by side', async () => {
    const { stdout, requests } = await run(['routes'], () => json([NEAR, FAR, LOST]))
    expect(requests).to.deep.equal(['GET /routes'])
    expect(rowsOf(stdout)).to.deep.equal([
      ['PEER', 'ROLE', 'REGION', 'NEXT HOP', 'HOPS', 'PATH', 'ESTIMATED', 'MEASURED'],
      ['12D3near', 'peer', 'eu', 'direct', '1', '9 ms', '12 ms by coordinates', '9 ms'],
      ['12D3far', 'edge', 'us', '12D3near', '3', '80.3 ms', '70 ms by path'],
      ['12D3lost']
    ])
  })

  it('says so when no other node is known', async () => {
    expect((await run(['routes'], () => json([]))).stdout).to.contain('no other nodes known yet')
  })

  it('shows the way to one node', async () => {
    const relays = ['12D3near', '12D3mid']
    const { stdout } = await run(['routes', '--to', '12D3far'], (_path, { url }) =>
      url.endsWith('/routes?to=12D3far') ? json({ ...FAR, relays }) : undefined)
    expect(rowsOf(stdout)).to.deep.equal([
      ['peer', '12D3far'], ['role', 'edge'], ['region', 'us'], ['via', '12D3near 12D3mid'],
      ['hops', '3'], ['path', '80.3 ms'], ['estimated', '70 ms by path'], ['measured', 'never']
    ])
  })

  it('tells a neighbour from a node to which no way is known', async () => {
    const direct = await run(['routes', '--to', '12D3near'], () => json({ ...NEAR, relays: [] }))
    expect(direct.stdout).to.match(/^via {2,}directly$/m)
    const lost = await run(['routes', '--to', '12D3lost'], () => json({ ...LOST, relays: [] }))
    expect(lost.stdout).to.match(/^via {2,}no way known$/m).and.match(/^estimated {2,}not known$/m)
  })

  it('prints what the daemon told as JSON', async () => {
    const { stdout } = await run(['routes', '--json'], () => json([FAR]))
    expect(JSON.parse(stdout)).to.deep.equal([FAR])
  })

  it('ends as for a wrong setting where routing is off, and as for nobody there', async () => {
    const off = await run(['routes'], () => failure('RoutingOffError', 'off', 501))
    expect(off.code).to.equal(2)
    const none = await run(
      ['routes', '--to', '12D3x'], () => failure('PeerNotFoundError', 'nobody'))
    expect(none.code).to.equal(4)
  })
})
