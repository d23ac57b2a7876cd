import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.locks.Revoker;
import org.apache.curator.framework.recipes.shared.SharedCount;

/** Mutexes, read-write locks, semaphores. */
class Locks {
    private final CuratorFramework client;
    private final Map<String, Deque<Lease>> leases = new ConcurrentHashMap<>();

    Locks(CuratorFramework client) {
        this.client = client;
    }

    void addTo(Map<String, Command> commands) {
        var mutexes = new Command.Instances<>(request -> new InterProcessMutex(client, Command.path(request)));
        addLock(commands, "mutex", mutexes::of);
        commands.put("mutex.participants", request -> mutexes.of(request).getParticipantNodes());
        commands.put("mutex.makeRevocable", request -> {
            String path = Command.path(request);
            mutexes.of(request).makeRevocable(ignored -> Peer.tell("revoked", path, ""));
            return null;
        });
        commands.put("revoke", request -> {
            Revoker.attemptRevoke(client, Command.path(request));
            return null;
        });

        var readWriteLocks = new Command.Instances<>(request -> new InterProcessReadWriteLock(client, Command.path(request)));
        addLock(commands, "read", request -> readWriteLocks.of(request).readLock());
        addLock(commands, "write", request -> readWriteLocks.of(request).writeLock());
        commands.put("read.participants", request -> readWriteLocks.of(request).readLock().getParticipantNodes());
        commands.put("write.participants", request -> readWriteLocks.of(request).writeLock().getParticipantNodes());

        var semaphoreMutexes = new Command.Instances<>(request -> new InterProcessSemaphoreMutex(client, Command.path(request)));
        addLock(commands, "semaphoreMutex", semaphoreMutexes::of);

        var semaphores = new Command.Instances<>(this::makeSemaphore);
        commands.put("semaphore.acquire", request -> acquire(semaphores.of(request), request));
        commands.put("semaphore.release", this::release);
        commands.put("semaphore.participants", request -> semaphores.of(request).getParticipantNodes());
    }

    private interface LockOf {
        InterProcessLock lock(JsonNode request);
    }

    private static void addLock(Map<String, Command> commands, String name, LockOf of) {
        commands.put(name + ".acquire", request -> {
            long timeoutMs = Command.timeoutMs(request);
            if (timeoutMs >= 0) return of.lock(request).acquire(timeoutMs, TimeUnit.MILLISECONDS);
            of.lock(request).acquire();
            return true;
        });
        commands.put(name + ".release", request -> {
            of.lock(request).release();
            return null;
        });
    }

    /** Counted by a fixed number, or by the SharedCount at `count`. */
    private InterProcessSemaphoreV2 makeSemaphore(JsonNode request) {
        if (!request.has("count")) return new InterProcessSemaphoreV2(client, Command.path(request), request.get("leases").asInt());
        SharedCount count = new SharedCount(client, request.get("count").asText(), 0);
        try {
            count.start();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
        return new InterProcessSemaphoreV2(client, Command.path(request), count);
    }

    /** The names of the leases' znodes; null if they were not to be had in time. */
    private Object acquire(InterProcessSemaphoreV2 semaphore, JsonNode request) throws Exception {
        int permits = request.path("permits").asInt(1);
        long timeoutMs = Command.timeoutMs(request);
        Collection<Lease> acquired = timeoutMs >= 0 ? semaphore.acquire(permits, timeoutMs, TimeUnit.MILLISECONDS) : semaphore.acquire(permits);
        if (acquired == null) return null;
        leases.computeIfAbsent(Command.path(request), ignored -> new ConcurrentLinkedDeque<>()).addAll(acquired);
        return acquired.stream().map(Lease::getNodeName).toList();
    }

    /** The longest held come first. */
    private Object release(JsonNode request) throws Exception {
        for (int left = request.path("permits").asInt(1); left > 0; left -= 1) leases.get(Command.path(request)).remove().close();
        return null;
    }
}
