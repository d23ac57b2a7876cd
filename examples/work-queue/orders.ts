import { type Client, json } from 'docent';
import { Queue } from 'docent/recipes';
import { z } from 'zod';

/** What there is to do. */
const order = z.object({ id: z.string(), pieces: z.int().positive() });
export type Order = z.output<typeof order>;

/** The queue, as producers and workers know it. */
export function ordersOf(client: Client): Queue<Order> {
  return new Queue(client, '/examples/work-queue', { codec: json(order), maxDeliveries: 3, maxItems: 1_000 });
}
