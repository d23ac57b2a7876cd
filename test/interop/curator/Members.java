import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.zookeeper.CreateMode;

/** Nodes that are kept in being, and members of groups. Data are text. Several of one path are told apart by an `id`. */
class Members {
    private final CuratorFramework client;

    Members(CuratorFramework client) {
        this.client = client;
    }

    void addTo(Map<String, Command> commands) {
        addNodes(commands);
        addTtlNodes(commands);
        addGroups(commands);
    }

    private void addNodes(Map<String, Command> commands) {
        var nodes = new Command.Instances<>(this::node);
        commands.put("persistentNode.start", request -> {
            nodes.of(request).start();
            return null;
        });
        commands.put("persistentNode.created", request ->
            nodes.of(request).waitForInitialCreate(Command.timeoutMs(request), TimeUnit.MILLISECONDS));
        commands.put("persistentNode.path", request -> nodes.of(request).getActualPath());
        commands.put("persistentNode.setData", request -> {
            nodes.of(request).setData(data(request));
            return null;
        });
        commands.put("persistentNode.close", request -> {
            nodes.of(request).close();
            return null;
        });
    }

    private void addTtlNodes(Map<String, Command> commands) {
        var nodes = new Command.Instances<>(request ->
            new PersistentTtlNode(client, Command.path(request), request.get("ttlMs").asLong(), data(request)));
        commands.put("persistentTtlNode.start", request -> {
            nodes.of(request).start();
            return nodes.of(request).waitForInitialCreate(Command.timeoutMs(request), TimeUnit.MILLISECONDS);
        });
        commands.put("persistentTtlNode.close", request -> {
            nodes.of(request).close();
            return null;
        });
    }

    private void addGroups(Map<String, Command> commands) {
        var members = new Command.Instances<>(request ->
            new GroupMember(client, Command.path(request), request.get("id").asText(), data(request)));
        commands.put("groupMember.start", request -> {
            members.of(request).start();
            return null;
        });
        commands.put("groupMember.members", request -> {
            var texts = new TreeMap<String, String>();
            members.of(request).getCurrentMembers().forEach((id, data) -> texts.put(id, new String(data, StandardCharsets.UTF_8)));
            return texts;
        });
        commands.put("groupMember.setData", request -> {
            members.of(request).setThisData(data(request));
            return null;
        });
        commands.put("groupMember.close", request -> {
            members.of(request).close();
            return null;
        });
    }

    private PersistentNode node(JsonNode request) {
        var mode = CreateMode.valueOf(request.get("mode").asText());
        return new PersistentNode(client, mode, request.get("protect").asBoolean(), Command.path(request), data(request));
    }

    private static byte[] data(JsonNode request) {
        return request.path("data").asText("").getBytes(StandardCharsets.UTF_8);
    }
}
