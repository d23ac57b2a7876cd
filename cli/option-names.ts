import type { InvalidArgumentError } from '../src/index.ts';
import type { Context } from './context.ts';

/** What was wrong, by the name under which the person has given it instead of the one that programs use. */
export function inTermsOfOptions({ field, message }: InvalidArgumentError, { options }: Context): string {
  const names = [
    ['Client.hosts', options.hosts === undefined ? '$ZK_HOSTS' : '--hosts'],
    ['Client.sessionTimeoutMs', '--session-timeout'],
    ['Client.connectTimeoutMs', '--connect-timeout'],
    ['Client.auth', '--auth'],
    ['Mutex.path', 'path'],
    ['Mutex.options.id', '--id'],
    ['Mutex.acquire.timeoutMs', '--timeout'],
    ['Semaphore.path', 'path'],
    ['Semaphore.options.id', '--id'],
    ['Semaphore.acquire.timeoutMs', '--timeout'],
    ['Semaphore.acquire.permits', '--permits'],
    ['LeaderLatch.path', 'path'],
    ['LeaderLatch.options.id', '--id'],
    ['Barrier.path', 'path'],
    ['Barrier.waitOn.timeoutMs', '--timeout'],
    ['DoubleBarrier.path', 'path'],
    ['DoubleBarrier.size', '--size'],
    ['DoubleBarrier.options.id', '--id'],
    ['DoubleBarrier.enter.timeoutMs', '--timeout'],
    ['GroupMember.id', '--id'],
    ['GroupMember.join.timeoutMs', '--timeout'],
    ['Queue.receive.timeoutMs', '--timeout'],
    ['DelayQueue.receive.timeoutMs', '--timeout'],
    ['ServiceRegistry.path', '--base'],
    ['ServiceRegistry.register.name', 'name'],
    ['ServiceRegistry.register.address', '--address'],
    ['ServiceRegistry.register.port', '--port'],
    ['ServiceRegistry.register.id', '--id'],
    ['ServiceRegistry.register.timeoutMs', '--timeout'],
    ['ServiceCatalog.path', '--base'],
    ['ServiceCatalog.view.name', 'name'],
    ['ServiceCatalog.view$.name', 'name'],
    ['create.path', 'path'],
    ['create.data', 'data'],
    ['create.ttlMs', '--ttl'],
  ] as const;
  const [ours, name] = names.find(([known]) => field.startsWith(known)) ?? [field, field];
  // The message begins with the field.
  return name + message.slice(ours.length);
}
