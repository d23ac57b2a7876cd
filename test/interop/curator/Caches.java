import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.cache.TreeCacheEvent;

/** Caches of trees whose data are text. Starting one waits for its first picture. */
class Caches {
    private final CuratorFramework client;

    Caches(CuratorFramework client) {
        this.client = client;
    }

    void addTo(Map<String, Command> commands) {
        var caches = new Command.Instances<>(this::curatorCache);
        commands.put("curatorCache.start", request -> {
            CountDownLatch loaded = new CountDownLatch(1);
            CuratorCache cache = caches.of(request);
            cache.listenable().addListener(CuratorCacheListener.builder().forInitialized(loaded::countDown).build());
            cache.start();
            loaded.await();
            return null;
        });
        commands.put("curatorCache.entries", request -> {
            Map<String, String> entries = new TreeMap<>();
            caches.of(request).stream().forEach(node -> entries.put(node.getPath(), text(node)));
            return entries;
        });
        commands.put("curatorCache.close", request -> {
            caches.of(request).close();
            return null;
        });
        var trees = new Command.Instances<>(request -> TreeCache.newBuilder(client, Command.path(request)).build());
        commands.put("treeCache.start", request -> {
            CountDownLatch loaded = new CountDownLatch(1);
            trees.of(request).getListenable().addListener((ignored, event) -> {
                if (event.getType() == TreeCacheEvent.Type.INITIALIZED) loaded.countDown();
            });
            trees.of(request).start();
            loaded.await();
            return null;
        });
        commands.put("treeCache.entries", request -> {
            Map<String, String> entries = new TreeMap<>();
            addAll(trees.of(request), Command.path(request), entries);
            return entries;
        });
        commands.put("treeCache.close", request -> {
            trees.of(request).close();
            return null;
        });
        commands.put("compressed.create", request -> {
            byte[] data = request.get("data").asText().getBytes(StandardCharsets.UTF_8);
            return client.create().compressed().forPath(Command.path(request), data);
        });
        commands.put("compressed.get", request -> new String(client.getData().decompressed().forPath(Command.path(request)), StandardCharsets.UTF_8));
    }

    private CuratorCache curatorCache(JsonNode request) {
        return CuratorCache.build(client, Command.path(request));
    }

    private static void addAll(TreeCache tree, String path, Map<String, String> entries) {
        ChildData node = tree.getCurrentData(path);
        if (node == null) return;
        entries.put(path, text(node));
        for (ChildData child : tree.getCurrentChildren(path).values()) addAll(tree, child.getPath(), entries);
    }

    private static String text(ChildData node) {
        return node.getStat().getCzxid() + "/" + node.getStat().getMzxid() + ":" + new String(node.getData(), StandardCharsets.UTF_8);
    }
}
