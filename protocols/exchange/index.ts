/**
 * Segment exchange: one long-lived stream a connection, many blocks in flight.
 * in: a CID and a neighbour. out: the bytes it sent, NOT yet verified.
 */

export type {
  Exchange, ExchangeEvents, Hello, Holding, Inventory, InventoryChange, Neighbour, Priority, Role, ServingLimits, Want
} from './types.ts'
