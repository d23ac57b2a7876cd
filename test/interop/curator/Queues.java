import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.ErrorMode;
import org.apache.curator.framework.recipes.queue.MultiItem;
import org.apache.curator.framework.recipes.queue.QueueBase;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.state.ConnectionState;

/**
 * Queues of text. One object puts; each consumer, told apart by its `id`, is one of its own. Event: `item`, with the consumer and the value, when a
 * consumer is given one; it keeps it until it is told how its work ends.
 */
class Queues {
    private final CuratorFramework client;
    /** How the items that a consumer is given end: true for well, false for an exception. */
    private final Map<String, BlockingQueue<Boolean>> endings = new ConcurrentHashMap<>();

    Queues(CuratorFramework client) {
        this.client = client;
    }

    void addTo(Map<String, Command> commands) {
        var queues = new Command.Instances<>(this::makeQueue);
        commands.put("queue.start", request -> {
            queues.of(request);
            return null;
        });
        commands.put("queue.put", request -> put(queues.of(request), request));
        commands.put("queue.putAll", request -> {
            putAll(queues.of(request), request);
            return null;
        });
        commands.put("queue.remove", request -> ((DistributedIdQueue<String>) queues.of(request)).remove(request.get("itemId").asText()));
        commands.put("queue.end", request -> endingsOf(request).add(request.path("well").asBoolean(true)));
        commands.put("queue.close", request -> {
            queues.of(request).close();
            return null;
        });

        var simpleQueues = new Command.Instances<>(request -> new SimpleDistributedQueue(client, Command.path(request)));
        commands.put("simpleQueue.offer", request -> simpleQueues.of(request).offer(text.serialize(request.get("value").asText())));
        commands.put("simpleQueue.take", request -> textOf(simpleQueues.of(request).take()));
        commands.put("simpleQueue.peek", request -> textOf(simpleQueues.of(request).peek()));
        commands.put("simpleQueue.poll", request -> {
            long timeoutMs = Command.timeoutMs(request);
            SimpleDistributedQueue queue = simpleQueues.of(request);
            return textOf(timeoutMs < 0 ? queue.poll() : queue.poll(timeoutMs, TimeUnit.MILLISECONDS));
        });
    }

    /** One that only puts unless it has an `id`. It reads the list again after each item, so that a better priority is seen at once. */
    private QueueBase<String> makeQueue(JsonNode request) {
        QueueConsumer<String> consumer = request.has("id") ? new Consumer(request) : null;
        QueueBuilder<String> builder = QueueBuilder.builder(client, consumer, text, Command.path(request)).putInBackground(false);
        if (request.has("lockPath")) builder.lockPath(request.get("lockPath").asText());
        if (request.has("maxItems")) builder.maxItems(request.get("maxItems").asInt());
        QueueBase<String> queue = switch (request.get("kind").asText()) {
            case "fifo" -> builder.buildQueue();
            case "id" -> builder.buildIdQueue();
            case "priority" -> builder.buildPriorityQueue(0);
            case "delay" -> builder.buildDelayQueue();
            default -> throw new IllegalArgumentException("no such kind of queue: " + request);
        };
        // Without a lock there is nothing to be put back, and Curator refuses to be told.
        if (request.has("lockPath")) queue.setErrorMode(ErrorMode.REQUEUE);
        try {
            queue.start();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
        return queue;
    }

    /** Whether there was room for it in time. */
    private static boolean put(QueueBase<String> queue, JsonNode request) throws Exception {
        String value = request.get("value").asText();
        int waitMs = (int) Math.max(0, Command.timeoutMs(request));
        if (queue instanceof DistributedQueue<String> fifo) return fifo.put(value, waitMs, TimeUnit.MILLISECONDS);
        if (queue instanceof DistributedIdQueue<String> ids) return ids.put(value, request.get("itemId").asText(), waitMs, TimeUnit.MILLISECONDS);
        if (queue instanceof DistributedPriorityQueue<String> priorities)
            return priorities.put(value, request.get("priority").asInt(), waitMs, TimeUnit.MILLISECONDS);
        return ((DistributedDelayQueue<String>) queue).put(value, request.get("dueAt").asLong(), waitMs, TimeUnit.MILLISECONDS);
    }

    /** All in one znode. */
    private static void putAll(QueueBase<String> queue, JsonNode request) throws Exception {
        Iterator<JsonNode> values = request.get("values").elements();
        MultiItem<String> items = () -> values.hasNext() ? values.next().asText() : null;
        ((DistributedQueue<String>) queue).putMulti(items);
    }

    private BlockingQueue<Boolean> endingsOf(JsonNode request) {
        return endings.computeIfAbsent(Command.path(request) + " " + request.get("id").asText(), ignored -> new LinkedBlockingQueue<>());
    }

    private class Consumer implements QueueConsumer<String> {
        private final String path;
        private final String id;
        private final BlockingQueue<Boolean> endings;

        Consumer(JsonNode request) {
            path = Command.path(request);
            id = request.get("id").asText();
            endings = endingsOf(request);
        }

        @Override
        public void consumeMessage(String value) throws Exception {
            Peer.tell("item", path, Map.of("consumer", id, "value", value));
            if (!endings.take()) throw new IllegalStateException("told to fail at " + value);
        }

        @Override
        public void stateChanged(CuratorFramework ignored, ConnectionState state) {}
    }

    private static final QueueSerializer<String> text = new QueueSerializer<>() {
        @Override
        public byte[] serialize(String value) {
            return value.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(byte[] data) {
            return new String(data, StandardCharsets.UTF_8);
        }
    };

    private static String textOf(byte[] data) {
        return data == null ? null : text.deserialize(data);
    }
}
