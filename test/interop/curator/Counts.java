import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.atomic.PromotedToLock;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedCountListener;
import org.apache.curator.framework.recipes.shared.SharedCountReader;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryNTimes;

/** Shared counts, and counters of 64 bits, whose numbers are told as text. Event: `count`, with the new value. */
class Counts {
    private final CuratorFramework client;

    Counts(CuratorFramework client) {
        this.client = client;
    }

    void addTo(Map<String, Command> commands) {
        var counts = new Command.Instances<>(this::startCount);
        commands.put("count.get", request -> counts.of(request).getCount());
        commands.put("count.set", request -> {
            counts.of(request).setCount(request.get("value").asInt());
            return null;
        });
        commands.put("count.trySet", request -> {
            SharedCount count = counts.of(request);
            return count.trySetCount(count.getVersionedValue(), request.get("value").asInt());
        });
        var longs = new Command.Instances<>(this::atomicLong);
        commands.put("atomicLong.get", request -> outcome(longs.of(request).get()));
        commands.put("atomicLong.add", request -> outcome(longs.of(request).add(number(request, "value"))));
        commands.put("atomicLong.trySet", request -> outcome(longs.of(request).trySet(number(request, "value"))));
        commands.put("atomicLong.compareAndSet", request -> outcome(
            longs.of(request).compareAndSet(number(request, "expected"), number(request, "value"))));
        commands.put("atomicLong.initialize", request -> longs.of(request).initialize(number(request, "value")));
        commands.put("atomicLong.forceSet", request -> {
            longs.of(request).forceSet(number(request, "value"));
            return null;
        });
    }

    private DistributedAtomicLong atomicLong(JsonNode request) {
        String path = Command.path(request);
        var often = new RetryNTimes(1000, 1);
        if (!request.has("lockPath")) return new DistributedAtomicLong(client, path, often);
        var lock = PromotedToLock.builder().lockPath(request.get("lockPath").asText()).retryPolicy(often).build();
        return new DistributedAtomicLong(client, path, new RetryNTimes(0, 0), lock);
    }

    private static long number(JsonNode request, String field) {
        return Long.parseLong(request.get(field).asText());
    }

    private static Map<String, Object> outcome(AtomicValue<Long> value) {
        boolean succeeded = value.succeeded();
        return Map.of("succeeded", succeeded, "before", value.preValue().toString(), "after", value.postValue().toString());
    }

    private SharedCount startCount(JsonNode request) {
        String path = Command.path(request);
        SharedCount count = new SharedCount(client, path, request.path("seed").asInt(0));
        count.addListener(new SharedCountListener() {
            @Override
            public void countHasChanged(SharedCountReader ignored, int value) {
                Peer.tell("count", path, value);
            }

            @Override
            public void stateChanged(CuratorFramework ignored, ConnectionState state) {}
        });
        try {
            count.start();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
        return count;
    }
}
