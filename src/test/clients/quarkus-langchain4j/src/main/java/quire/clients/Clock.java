package quire.clients;

import dev.langchain4j.agent.tool.Tool;
import jakarta.enterprise.context.ApplicationScoped;

/** A tool for the model. */
@ApplicationScoped
public class Clock {

    /** What the tool gives. */
    record Time(String time) {}

    @Tool(name = "get_time", value = "Get the local time in a city.")
    public Time time(String city) {
        System.out.println("The clock is asked for " + city + ".");
        return new Time(city.equals("Lima") ? "06:17" : "unknown");
    }
}
