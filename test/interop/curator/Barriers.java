import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;

/** Barriers, and double barriers: of those, each member has an `id`. Waits answer whether it was in time. */
class Barriers {
    private final CuratorFramework client;

    Barriers(CuratorFramework client) {
        this.client = client;
    }

    void addTo(Map<String, Command> commands) {
        var barriers = new Command.Instances<>(request -> new DistributedBarrier(client, Command.path(request)));
        commands.put("barrier.set", request -> {
            barriers.of(request).setBarrier();
            return null;
        });
        commands.put("barrier.remove", request -> {
            barriers.of(request).removeBarrier();
            return null;
        });
        commands.put("barrier.wait", request -> {
            long timeoutMs = Command.timeoutMs(request);
            if (timeoutMs >= 0) return barriers.of(request).waitOnBarrier(timeoutMs, TimeUnit.MILLISECONDS);
            barriers.of(request).waitOnBarrier();
            return true;
        });

        var doubleBarriers =
            new Command.Instances<>(request -> new DistributedDoubleBarrier(client, Command.path(request), request.get("size").asInt()));
        commands.put("doubleBarrier.enter", request -> {
            long timeoutMs = Command.timeoutMs(request);
            if (timeoutMs >= 0) return doubleBarriers.of(request).enter(timeoutMs, TimeUnit.MILLISECONDS);
            doubleBarriers.of(request).enter();
            return true;
        });
        commands.put("doubleBarrier.leave", request -> {
            long timeoutMs = Command.timeoutMs(request);
            if (timeoutMs >= 0) return doubleBarriers.of(request).leave(timeoutMs, TimeUnit.MILLISECONDS);
            doubleBarriers.of(request).leave();
            return true;
        });
    }
}
