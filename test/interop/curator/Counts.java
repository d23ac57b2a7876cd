import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedCountListener;
import org.apache.curator.framework.recipes.shared.SharedCountReader;
import org.apache.curator.framework.state.ConnectionState;

/** Shared counts. Event: `count`, with the new value. */
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
