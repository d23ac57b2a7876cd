import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryForever;

/**
 * Apache Curator, to be told what to do: one JSON object a line in, one a line out.
 *
 * <pre>
 *   java Peer HOSTS SESSION_TIMEOUT_MS
 *   > {"number": 1, "thread": "a", "command": "mutex.acquire", "path": "/locks/x"}
 *   < {"number": 1, "value": true}
 *   < {"number": 2, "error": "java.lang.IllegalMonitorStateException", "message": "You do not own the lock: /locks/x"}
 *   < {"event": "revoked", "path": "/locks/x"}
 * </pre>
 *
 * Each `thread` is a thread of its own that does one command after the other, since Curator's locks belong to threads.
 * The end of the input is the end of the program: its session is closed.
 */
public class Peer {
    private static final ObjectMapper json = new ObjectMapper();
    private static final Map<String, ExecutorService> threads = new ConcurrentHashMap<>();
    private static final Map<String, Thread> busy = new ConcurrentHashMap<>();

    public static void main(String[] arguments) throws Exception {
        int sessionTimeoutMs = Integer.parseInt(arguments[1]);
        CuratorFramework client =
            CuratorFrameworkFactory.newClient(arguments[0], sessionTimeoutMs, sessionTimeoutMs, new RetryForever(50));
        client.getConnectionStateListenable().addListener((ignored, state) -> tell("connection", "", state.name()));
        client.start();
        client.blockUntilConnected();
        Map<String, Command> commands = new HashMap<>();
        commands.put("sessionId", request -> Long.toString(client.getZookeeperClient().getZooKeeper().getSessionId()));
        new Locks(client).addTo(commands);
        new Leaders(client).addTo(commands);
        new Barriers(client).addTo(commands);
        new Counts(client).addTo(commands);
        new Discovery(client).addTo(commands);
        new Members(client).addTo(commands);
        new Queues(client).addTo(commands);
        new Caches(client).addTo(commands);
        tell("ready", "", "");
        obey(commands);
        client.close();
        System.exit(0);
    }

    private static void obey(Map<String, Command> commands) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JsonNode request = json.readTree(line);
            String thread = request.get("thread").asText();
            if (request.get("command").asText().equals("interrupt")) {
                Thread waiting = busy.get(thread);
                if (waiting != null) waiting.interrupt();
                say("number", request.get("number"), "value", waiting != null);
            } else {
                threads.computeIfAbsent(thread, Peer::startThread).submit(() -> answer(request, commands));
            }
        }
    }

    private static ExecutorService startThread(String name) {
        return Executors.newSingleThreadExecutor(task -> new Thread(task, name));
    }

    private static void answer(JsonNode request, Map<String, Command> commands) {
        String thread = request.get("thread").asText();
        busy.put(thread, Thread.currentThread());
        try {
            Command command = commands.get(request.get("command").asText());
            if (command == null) throw new IllegalArgumentException("no such command: " + request);
            say("number", request.get("number"), "value", command.carryOut(request));
        } catch (Exception error) {
            say("number", request.get("number"), "error", error.getClass().getName(), "message", String.valueOf(error.getMessage()));
        } finally {
            busy.remove(thread);
        }
    }

    /** What nobody asked for at this moment: a call-back of Curator's. */
    static void tell(String event, String path, Object value) {
        say("event", event, "path", path, "value", value);
    }

    private static void say(Object... namesAndValues) {
        Map<String, Object> line = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) line.put((String) namesAndValues[i], namesAndValues[i + 1]);
        try {
            String text = json.writeValueAsString(line);
            synchronized (System.out) {
                System.out.println(text);
                System.out.flush();
            }
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }
}
