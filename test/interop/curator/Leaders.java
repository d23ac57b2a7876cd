import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.leader.Participant;

/** Latches and selectors; each candidate has an `id`. Events: `leading` and `notLeading`, with the id. */
class Leaders {
    private final CuratorFramework client;
    /** A selector leads until somebody lets it go on. */
    private final Map<String, Semaphore> terms = new ConcurrentHashMap<>();

    Leaders(CuratorFramework client) {
        this.client = client;
    }

    void addTo(Map<String, Command> commands) {
        var latches = new Command.Instances<>(this::makeLatch);
        commands.put("latch.start", request -> {
            latches.of(request).start();
            return null;
        });
        commands.put("latch.await", request -> {
            latches.of(request).await();
            return null;
        });
        commands.put("latch.close", request -> {
            latches.of(request).close();
            return null;
        });
        commands.put("latch.hasLeadership", request -> latches.of(request).hasLeadership());
        commands.put("latch.leader", request -> latches.of(request).getLeader().getId());
        commands.put("latch.participants", request -> described(latches.of(request).getParticipants()));

        var selectors = new Command.Instances<>(this::makeSelector);
        commands.put("selector.start", request -> {
            if (request.path("autoRequeue").asBoolean()) selectors.of(request).autoRequeue();
            selectors.of(request).start();
            return null;
        });
        commands.put("selector.requeue", request -> selectors.of(request).requeue());
        commands.put("selector.endTerm", request -> {
            termOf(request).release();
            return null;
        });
        commands.put("selector.interruptLeadership", request -> {
            selectors.of(request).interruptLeadership();
            return null;
        });
        commands.put("selector.close", request -> {
            selectors.of(request).close();
            return null;
        });
        commands.put("selector.hasLeadership", request -> selectors.of(request).hasLeadership());
        commands.put("selector.leader", request -> selectors.of(request).getLeader().getId());
        commands.put("selector.participants", request -> described(selectors.of(request).getParticipants()));
    }

    private LeaderLatch makeLatch(JsonNode request) {
        String path = Command.path(request);
        String id = request.get("id").asText();
        LeaderLatch latch = new LeaderLatch(client, path, id, LeaderLatch.CloseMode.NOTIFY_LEADER);
        latch.addListener(new LeaderLatchListener() {
            @Override
            public void isLeader() {
                Peer.tell("leading", path, id);
            }

            @Override
            public void notLeader() {
                Peer.tell("notLeading", path, id);
            }
        });
        return latch;
    }

    private LeaderSelector makeSelector(JsonNode request) {
        String path = Command.path(request);
        String id = request.get("id").asText();
        Semaphore term = termOf(request);
        LeaderSelector selector = new LeaderSelector(client, path, new LeaderSelectorListenerAdapter() {
            @Override
            public void takeLeadership(CuratorFramework ignored) throws Exception {
                Peer.tell("leading", path, id);
                try {
                    term.acquire();
                } finally {
                    Peer.tell("notLeading", path, id);
                }
            }
        });
        selector.setId(id);
        return selector;
    }

    private Semaphore termOf(JsonNode request) {
        return terms.computeIfAbsent(Command.path(request) + " " + request.get("id").asText(), ignored -> new Semaphore(0));
    }

    private static List<Map<String, Object>> described(Collection<Participant> participants) {
        return participants.stream().map(each -> Map.<String, Object>of("id", each.getId(), "leads", each.isLeader())).toList();
    }
}
