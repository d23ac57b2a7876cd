import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** What the peer can be told to do. The answer is anything that Jackson can write. */
interface Command {
    Object carryOut(JsonNode request) throws Exception;

    static String path(JsonNode request) {
        return request.get("path").asText();
    }

    /** For ever, if there is none. */
    static long timeoutMs(JsonNode request) {
        return request.path("timeoutMs").asLong(-1);
    }

    /** The objects of one recipe: one for each path and, where the caller tells several apart, each `id`. */
    class Instances<T> {
        private final Map<String, T> known = new ConcurrentHashMap<>();
        private final Function<JsonNode, T> make;

        Instances(Function<JsonNode, T> make) {
            this.make = make;
        }

        T of(JsonNode request) {
            return known.computeIfAbsent(path(request) + " " + request.path("id").asText(""), ignored -> make.apply(request));
        }
    }
}
