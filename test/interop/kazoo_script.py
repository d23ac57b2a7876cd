"""What kazoo, a client that we had no hand in, sees of a server: one JSON line each.

    kazoo_script.py HOSTS ROOT

Ids, times and zxids are left out, so that two servers that do the same give the same lines.
"""

import json
import queue
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.security import make_digest_acl

PATIENCE_S = 20

hosts, root = sys.argv[1:]
events = queue.Queue()
clients = []


def say(what, value):
    print(json.dumps([what, value], sort_keys=True), flush=True)


def connect():
    client = KazooClient(hosts=hosts, timeout=10)
    client.start(timeout=PATIENCE_S)
    clients.append(client)
    return client


def attempt(what, action):
    try:
        say(what, action())
    except KazooException as error:
        say(what, type(error).__name__)


def said(stat, client):
    owner = {0: 'nobody', client.client_id[0]: 'me'}.get(stat.ephemeralOwner, 'another')
    names = ('version', 'cversion', 'aversion', 'dataLength', 'numChildren')
    return {'owner': owner, **{name: getattr(stat, name) for name in names}}


def read(client, path, **options):
    data, stat = client.get(path, **options)
    return [data.decode(), said(stat, client)]


def noted(name):
    return lambda event: events.put([name, event.type, event.path.removeprefix(root)])


def next_event():
    say('event', events.get(timeout=PATIENCE_S))


def below(path):
    return path.removeprefix(root)


def znodes(zk):
    zk.ensure_path(root)
    attempt('create', lambda: below(zk.create(f'{root}/a', b'first')))
    attempt('create again', lambda: zk.create(f'{root}/a', b''))
    attempt('create below nothing', lambda: zk.create(f'{root}/none/a', b''))
    attempt('get', lambda: read(zk, f'{root}/a'))
    attempt('set', lambda: said(zk.set(f'{root}/a', b'second', version=0), zk))
    attempt('set an old version', lambda: zk.set(f'{root}/a', b'third', version=0))
    attempt('get nothing', lambda: zk.get(f'{root}/none'))
    attempt('exists nothing', lambda: zk.exists(f'{root}/none'))
    attempt('create with parents', lambda: below(zk.create(f'{root}/p/q/r', b'', makepath=True)))
    attempt('delete a parent', lambda: zk.delete(f'{root}/p'))
    attempt('delete all', lambda: zk.delete(f'{root}/p', recursive=True))
    attempt('names', lambda: sorted(zk.get_children(root)))
    attempt('a name in UTF-8', lambda: below(zk.create(f'{root}/\u00e9\u6c34', b'')))
    attempt('sync', lambda: below(zk.sync(root)))


def sequences(zk):
    for _ in range(3):
        attempt('sequence', lambda: below(zk.create(f'{root}/s-', b'', sequence=True)))
    attempt('delete', lambda: zk.delete(f'{root}/s-0000000003'))
    attempt('the number is not used again', lambda: below(zk.create(f'{root}/s-', b'', sequence=True)))
    attempt('create with stat', lambda: below(zk.create(f'{root}/t-', b'', sequence=True, include_data=True)[0]))


def ephemerals(zk):
    other = connect()
    attempt('ephemeral', lambda: below(other.create(f'{root}/e', b'', ephemeral=True)))
    attempt('its owner', lambda: read(other, f'{root}/e'))
    attempt('as another sees it', lambda: read(zk, f'{root}/e'))
    attempt('a child of it', lambda: other.create(f'{root}/e/f', b''))
    zk.exists(f'{root}/e', watch=noted('ephemeral'))
    other.stop()
    next_event()
    attempt('it is gone', lambda: zk.exists(f'{root}/e'))


def watches(zk):
    other = connect()
    zk.exists(f'{root}/w', watch=noted('exists'))
    other.create(f'{root}/w', b'')
    next_event()
    zk.get(f'{root}/w', watch=noted('data'))
    other.set(f'{root}/w', b'x')
    next_event()
    # It is spent: nothing is heard of this one.
    other.set(f'{root}/w', b'y')
    zk.get_children(f'{root}/w', watch=noted('children'))
    other.create(f'{root}/w/c', b'')
    next_event()
    zk.get(f'{root}/w', watch=noted('data'))
    zk.get_children(f'{root}/w', watch=noted('children'))
    other.delete(f'{root}/w', recursive=True)
    seen = sorted(events.get(timeout=PATIENCE_S) for _ in range(2))
    say('upon deletion', seen)
    say('no more events', events.empty())


def observers(zk):
    """kazoo's own recipes over watches, which set them again after each event."""
    zk.create(f'{root}/o', b'0')
    zk.DataWatch(f'{root}/o')(lambda data, stat: events.put([data and data.decode(), stat and stat.version]))
    next_event()
    for value in (b'1', b'2'):
        zk.set(f'{root}/o', value)
        next_event()
    zk.delete(f'{root}/o')
    next_event()
    zk.create(f'{root}/l', b'')
    zk.ChildrenWatch(f'{root}/l')(lambda names: events.put(sorted(names)))
    next_event()
    for name in ('b', 'a'):
        zk.create(f'{root}/l/{name}', b'')
        next_event()


def outcome(results):
    return [below(each) if isinstance(each, str) else each.__class__.__name__ for each in results]


def multis(zk):
    transaction = zk.transaction()
    transaction.create(f'{root}/m', b'1')
    transaction.create(f'{root}/m/c', b'', ephemeral=True)
    transaction.set_data(f'{root}/m', b'2', version=0)
    transaction.check(f'{root}/m', version=1)
    transaction.create(f'{root}/m/s-', b'', sequence=True)
    transaction.delete(f'{root}/m/c')
    attempt('multi', lambda: outcome(transaction.commit()))
    attempt('its effect', lambda: [read(zk, f'{root}/m'), sorted(zk.get_children(f'{root}/m'))])
    refused = zk.transaction()
    refused.set_data(f'{root}/m', b'3')
    refused.check(f'{root}/m', version=7)
    refused.delete(f'{root}/m')
    attempt('multi that is refused', lambda: outcome(refused.commit()))
    attempt('nothing has happened', lambda: read(zk, f'{root}/m'))


def acls(zk):
    mine = make_digest_acl('user', 'secret', all=True)
    attempt('create with an ACL', lambda: below(zk.create(f'{root}/x', b'', acl=[mine])))
    attempt('not for everybody', lambda: zk.get(f'{root}/x'))
    zk.add_auth('digest', 'user:secret')
    attempt('for who has the password', lambda: read(zk, f'{root}/x'))
    attempt('its ACL', lambda: [[acl.perms, acl.id.scheme, acl.id.id] for acl in zk.get_acls(f'{root}/x')[0]])


def locks(zk):
    other = connect()
    first = zk.Lock(f'{root}/lock', 'first')
    second = other.Lock(f'{root}/lock', 'second')
    order = []
    attempt('the first has it', first.acquire)
    attempt('the second would have to wait', lambda: second.acquire(blocking=False))

    def wait():
        with second:
            order.append('second')

    waiter = threading.Thread(target=wait, daemon=True)
    # One beside the first's: the second is in line.
    in_line = threading.Event()

    def look(names):
        if len(names) == 2:
            in_line.set()
        return not in_line.is_set()

    zk.ChildrenWatch(f'{root}/lock')(look)
    waiter.start()
    say('the second is in line', in_line.wait(PATIENCE_S))
    attempt('contenders', first.contenders)
    order.append('first')
    attempt('the first lets go', first.release)
    waiter.join(PATIENCE_S)
    say('the order', order)
    attempt('nobody is left', lambda: zk.get_children(f'{root}/lock'))


def main():
    zk = connect()
    try:
        for part in (znodes, sequences, ephemerals, watches, observers, multis, acls, locks):
            say('part', part.__name__)
            part(zk)
        attempt('clean up', lambda: zk.delete(root, recursive=True))
    finally:
        for client in clients:
            client.stop()
            client.close()


main()
