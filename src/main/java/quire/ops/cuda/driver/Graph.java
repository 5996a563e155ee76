package quire.ops.cuda.driver;

import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;

/**
 * A recorded sequence of launches and copies, with the arguments that they had. Made by {@link
 * Stream#capture}.
 */
public final class Graph extends Resource {
    private final CUgraph graph;
    private final CUgraphExec executable = new CUgraphExec();

    /** Takes the recording over. */
    Graph(Context context, CUgraph graph) {
        super(context);
        this.graph = graph;
        int code = cuGraphInstantiate(executable, graph, 0L);
        if (code != 0) {
            cuGraphDestroy(graph);
            CudaException.check(code, "cuGraphInstantiate");
        }
        register();
    }

    /** Puts all of it on the stream. */
    public void launch(Stream stream) {
        enter();
        CudaException.check(cuGraphLaunch(executable, stream.stream()), "cuGraphLaunch");
    }

    @Override
    void release() {
        CudaException.check(cuGraphExecDestroy(executable), "cuGraphExecDestroy");
        CudaException.check(cuGraphDestroy(graph), "cuGraphDestroy");
    }
}
